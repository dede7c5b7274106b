import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { requestResult } from '../../../../src/browser/requestResult'
import { forgetMemberships } from '../../../../src/late/sync/forgetMemberships'
import { stringify } from '../../../../src/shared/json'
import { createDatabase } from '../../definitions/fakes'

const allFlags = stringify(['sdk-key', 'https://sdk.example'])
const filtered = stringify(['sdk-key', 'https://sdk.example', 'sets=a'])
const ofLongerKey = stringify(['sdk-key-2', 'https://sdk.example'])

it('deletes the memberships of every key under every filter, and nothing of flags or of another SDK key', async () => {
  const database = createDatabase()
  const stays = [
    ['header', allFlags],
    [allFlags, 'texts'],
    [ofLongerKey, 'memberships', 'user-1'],
  ]
  const goes = [
    [allFlags, 'memberships', 'user-1'],
    [allFlags, 'memberships', 'user-2'],
    [filtered, 'memberships', 'user-1'],
  ]
  await database.transact('readwrite', (store) => {
    for (const key of [...goes, ...stays]) store.put('stored', key)
  })
  await forgetMemberships(database, 'sdk-key')
  expect(await database.transact('readonly', (store) => requestResult(store.getAllKeys()))).toEqual(
    expect.arrayContaining(stays),
  )
  expect(await database.transact('readonly', (store) => requestResult(store.count()))).toBe(stays.length)
})

it('rejects when storage fails', async () => {
  const fault = new Error('no disk')
  await expect(forgetMemberships({ transact: () => Promise.reject(fault) }, 'sdk-key')).rejects.toBe(fault)
})
