import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MANGLED_NAMES, SHORT_NAME, SHORT_NAMES } from '../../mangledNames'
import { internalNames, writtenNames } from '../tools/internalNames'

it('the build shortens only names that nobody outside sees', () => {
  const internal = internalNames()
  expect(MANGLED_NAMES.filter((name) => !internal.has(name))).toEqual([])
}, 60_000)

it('names that are sent, stored or public are recognised', () => {
  const internal = internalNames()
  // One each of: settings, the client, an impression on the wire, definitions, the cache, the outbox, a note, the DOM, a text.
  for (const name of [
    ...[
      'labelsEnabled',
      'getTreatment',
      'properties',
      'conditions',
      'traits',
      'items',
      'doubtful',
      'onsuccess',
      'impressions',
    ],
  ]) {
    expect(internal.has(name), name).toBe(false)
  }
}, 60_000)

it('each has a short name of its own, which src writes nowhere', () => {
  const short = [...SHORT_NAMES.values()]
  expect(new Set(short).size).toBe(MANGLED_NAMES.length)
  expect(short.filter((name) => !SHORT_NAME.test(name))).toEqual([])
  expect([...writtenNames()].filter((name) => SHORT_NAME.test(name))).toEqual([])
})

it.each(['index', 'late', 'stream', 'full'])('%s.js has none of the long ones', (file) => {
  const code = readFileSync(`dist/${file}.js`, 'utf8')
  expect(MANGLED_NAMES.filter((name) => new RegExp(`[.{,]${name}\\b`).test(code))).toEqual([])
})
