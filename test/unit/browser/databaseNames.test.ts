import 'fake-indexeddb/auto'
import { afterEach, expect, it, vi } from 'vitest'
import { databaseNames } from '../../../src/browser/databaseNames'

afterEach(() => vi.unstubAllGlobals())

it('tells what there is', async () => {
  await new Promise((resolve) => (indexedDB.open('here').onsuccess = resolve))
  expect(await databaseNames()).toContain('here')
})

it('is undefined where nobody can tell', async () => {
  vi.stubGlobal('indexedDB', {})
  expect(await databaseNames()).toBeUndefined()
  vi.stubGlobal('indexedDB', { databases: () => Promise.reject(new DOMException('no', 'UnknownError')) })
  expect(await databaseNames()).toBeUndefined()
})
