import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MANGLED_NAMES, SHORT_NAME, SHORT_NAMES } from '../../mangledNames'
import { lookAtNames, writtenNames } from '../tools/internalNames'

it('the build shortens only names that nobody outside sees', () => {
  const { visible } = lookAtNames()
  expect(MANGLED_NAMES.filter((name) => visible.has(name))).toEqual([])
  // There is one name each of settings, the client, an impression on the wire, definitions, the cache, the outbox, a note, the browser, a text.
  const seen = [
    'labelsEnabled',
    'getTreatment',
    'properties',
    'conditions',
    'traits',
    'items',
    'doubtful',
    'onsuccess',
    'counts',
  ]
  expect(seen.filter((name) => !visible.has(name))).toEqual([])
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
