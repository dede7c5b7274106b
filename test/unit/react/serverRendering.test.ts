import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, vi } from 'vitest'
import { PennonProvider, useStatus, useTreatment } from '../../../src/react'
import { definitionsOf, flag } from '../../browser/site'

// There is no document here, as on a server.
const Flag = () => `${useTreatment('a')} ${useStatus().readyFromCache}`
const settings = { sdkKey: 'sdk-key', key: 'ana', logLevel: 'none' as const }

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([
  ['by bootstrap', { bootstrap: { splitChanges: definitionsOf([flag('a')]) } }, 'on true'],
  [
    'by bootstrap where overrides are allowed',
    { bootstrap: { splitChanges: definitionsOf([flag('a')]) }, allowOverrides: true },
    'on true',
  ],
  ['the fallback treatment without it', { fallbackTreatments: { global: 'calm' } }, 'calm false'],
])('a server draws %s, and asks for nothing', async (_how, over, html) => {
  const fetch = vi.spyOn(globalThis, 'fetch')
  const complain = vi.spyOn(console, 'error')
  expect(renderToString(h(PennonProvider, { settings: { ...settings, ...over } }, h(Flag)))).toBe(html)
  await new Promise((resolve) => setImmediate(resolve))
  expect(fetch).not.toHaveBeenCalled()
  expect(complain).not.toHaveBeenCalled()
})
