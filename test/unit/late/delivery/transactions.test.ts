import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../../src/browser/keyValue'
import { requestResult } from '../../../../src/browser/requestResult'
import { createTransactions } from '../../../../src/late/delivery/transactions'

const open = () =>
  createKeyValue({ database: `transactions-${Math.random()}`, onFault: (why) => expect.unreachable(why) }) as KeyValue
const get = (keyValue: KeyValue, key: string) =>
  keyValue.transact('readonly', (store) => requestResult<unknown>(store.get(key)))

it('gives back what was done, when it is complete', async () => {
  const keyValue = open()
  const { transact } = createTransactions()
  expect(await transact(keyValue, 'readwrite', (store) => requestResult(store.put(1, 'a')))).toBe('a')
  expect(await get(keyValue, 'a')).toBe(1)
})

it('a commit gives up what is under way, in whatever database, and what has not begun', async () => {
  const [one, two] = [open(), open()]
  const { transact, commit } = createTransactions()
  await get(one, 'a')
  const begun = transact(one, 'readwrite', async (store) => {
    store.put('late', 'a')
    for (let n = 0; n < 20; n++) await requestResult(store.get('a'))
    store.put('later', 'a')
  })
  const elsewhere = transact(two, 'readwrite', (store) => store.put('late', 'a'))
  const outcomes = Promise.allSettled([begun, elsewhere])
  // It has begun by then.
  await new Promise((resolve) => setImmediate(resolve))
  await commit(one, (store) => store.put('at once', 'b'))
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await get(one, 'a')).toBeUndefined()
  expect(await get(one, 'b')).toBe('at once')
  expect(await get(two, 'a')).toBeUndefined()
})

it('commits at once, where the browser can', async () => {
  const keyValue = open()
  const { commit } = createTransactions()
  const done = commit(keyValue, (store) => {
    store.put(1, 'a')
    const { transaction } = store
    const { commit: native } = transaction
    transaction.commit = () => {
      native.call(transaction)
      // Over: nothing more can be asked of it.
      expect(() => store.put(2, 'a')).toThrow()
      called = true
    }
  })
  let called = false
  await done
  expect(called).toBe(true)
})

it('what is complete is not touched by a later commit', async () => {
  const keyValue = open()
  const { transact, commit } = createTransactions()
  await transact(keyValue, 'readwrite', (store) => store.put(1, 'a'))
  await commit(keyValue, (store) => store.put(2, 'b'))
  expect([await get(keyValue, 'a'), await get(keyValue, 'b')]).toEqual([1, 2])
})
