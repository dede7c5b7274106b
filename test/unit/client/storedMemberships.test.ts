import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../src/browser/keyValue'
import { requestResult } from '../../../src/browser/requestResult'
import { createClient } from '../../../src/client/createClient'
import { DEFINITIONS_DATABASE } from '../../../src/definitions/flagData'
import { answerTo, flag, inSegment } from '../definitions/fakes'
import type { Client } from '../../../src/client/types/client'

let client: Client
let database: KeyValue
let asked: string[]
beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    return Response.json(answerTo(url, [flag('a', 1, { conditions: [inSegment('s')] })]))
  })
  database = createKeyValue({ database: DEFINITIONS_DATABASE, onFault: vi.fn() }) as KeyValue
})
afterEach(async () => {
  await client.destroy()
  database.close()
})

/** Opens a client that is ready, and has stored its definitions. */
async function open(consent: 'unknown' | 'granted', sdkKey = `consent ${consent}`) {
  client = createClient({
    sdkKey,
    key: 'ana',
    consent,
    // Everything runs and is written to disk, as on a page.
    server: 'poll',
    streaming: false,
    logLevel: 'none',
  })
  const stored = async (kind: string) => {
    const keys = await database.transact('readonly', (store) => requestResult(store.getAllKeys()))
    return keys.filter((key) => [key].flat().includes(kind) && JSON.stringify(key).includes(sdkKey)).length
  }
  await client.whenReady()
  await expect.poll(() => stored('header')).toBe(1)
  return () => stored('memberships')
}
/** All records of memberships. */
const records = async () => {
  const all = await database.transact('readonly', (store) =>
    Promise.all([requestResult(store.getAllKeys()), requestResult<unknown[]>(store.getAll())]),
  )
  return all[1].filter((_, n) => [all[0][n]].flat().includes('memberships'))
}
const timesAsked = () => asked.filter((url) => url.includes('/memberships/')).length

it('memberships that came before consent are stored with it', async () => {
  const stored = await open('unknown')
  expect(await stored()).toBe(0)
  client.consent.set('granted')
  await expect.poll(stored).toBe(1)
  expect(timesAsked()).toBe(1)
})

it('memberships that a decline deleted are stored again with the next consent', async () => {
  const stored = await open('granted')
  await expect.poll(stored).toBe(1)
  client.consent.set('declined')
  await expect.poll(stored).toBe(0)
  client.consent.set('granted')
  await expect.poll(stored).toBe(1)
  expect(timesAsked()).toBe(1)
})

it('memberships that have not changed are not written again by the next page', async () => {
  const stored = await open('granted', 'two pages')
  await expect.poll(stored).toBe(1)
  const before = await records()
  await client.destroy()
  await open('granted', 'two pages')
  await client.destroy()
  expect(await records()).toEqual(before)
})
