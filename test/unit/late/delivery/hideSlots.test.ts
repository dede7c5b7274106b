import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../../src/browser/keyValue'
import { requestResult } from '../../../../src/browser/requestResult'
import { createHideSlots, type HideSlots } from '../../../../src/late/delivery/hideSlots'
import { createTransactions } from '../../../../src/late/delivery/transactions'
import type { PageLock } from '../../../../src/browser/locks'

const everything = (keyValue: KeyValue | undefined) =>
  keyValue?.transact('readonly', async (store) => {
    const [keys, values] = await Promise.all([
      requestResult(store.getAllKeys()),
      requestResult<unknown[]>(store.getAll()),
    ])
    return Object.fromEntries(keys.map((key, n) => [key as string, values[n]]))
  })

/** Pages of one browser: what they lock, and their databases. */
function createBrowser() {
  const prefix = `slots-${Math.random()}-`
  const open = (database: string) => createKeyValue({ database, onFault: (why) => expect.unreachable(why) })
  const outbox = open(`${prefix}outbox`) as KeyValue
  const held = new Map<string, object>()
  const waiting: { name: string; page: object; take: (isHeld: boolean) => void }[] = []
  const free = (name: string) => {
    held.delete(name)
    const next = waiting.findIndex((it) => it.name === name)
    const [first] = next < 0 ? [] : waiting.splice(next, 1)
    if (first) held.set(name, first.page)
    first?.take(true)
  }
  return {
    prefix,
    open,
    outbox,
    held,
    page({ names = async () => (await indexedDB.databases()).map(({ name }) => name) } = {}) {
      const page = {}
      const opened: KeyValue[] = []
      const lock: PageLock = {
        async hold(name) {
          if (held.has(name)) return false
          held.set(name, page)
          return true
        },
        stopWaiting: () => undefined,
        wait: (name) => new Promise((take) => waiting.push({ name, page, take })),
        letGo(only) {
          for (const [name, owner] of held) if (owner === page && (!only || name === only)) free(name)
        },
      }
      const onLeft = vi.fn()
      const slots = createHideSlots({
        prefix,
        open(name) {
          const keyValue = open(name)
          if (keyValue) opened.push(keyValue)
          return keyValue
        },
        databaseNames: names,
        lock,
        onLeft,
        transactions: createTransactions(),
        outbox,
        move: (store, key, value) => void store.put(value, key),
      })
      return { slots, opened, onLeft, die: () => lock.letGo() }
    },
  }
}
const write = (slots: HideSlots, ...keys: string[]) =>
  slots.write((store) => keys.forEach((key) => store.put(`value of ${key}`, key)))?.done

let browser: ReturnType<typeof createBrowser>
beforeEach(() => {
  browser = createBrowser()
})
afterEach(() => browser.outbox.close())

describe('a hide slot', () => {
  it('is not there before it was taken', async () => {
    const { slots } = browser.page()
    expect(write(slots, 'a')).toBeUndefined()
    await slots.take()
    await expect(write(slots, 'a')).resolves.toBeUndefined()
    expect(await everything(browser.open(`${browser.prefix}0`))).toEqual({ a: 'value of a' })
    expect(await everything(browser.outbox)).toEqual({})
  })

  it('belongs to one living page, and beyond the last one a page goes without', async () => {
    const pages = Array.from({ length: 9 }, () => browser.page())
    for (const { slots } of pages) await slots.take()
    expect(browser.held.size).toBe(8)
    expect(pages.map(({ slots }) => write(slots, 'a') !== undefined)).toEqual([...Array(8).fill(true), false])
  })

  it('is sure of the first write only, until that is done', async () => {
    const { slots } = browser.page()
    await slots.take()
    const put = (key: string) => slots.write((store) => store.put(1, key))
    const [first, second] = [put('a'), put('b')]
    expect([first?.isSure, second?.isSure]).toEqual([true, false])
    await Promise.all([first?.done, second?.done])
    expect(put('c')?.isSure).toBe(true)
  })

  it('gives back to the outbox what its own page wrote, when that page goes on', async () => {
    const { slots } = browser.page()
    await slots.take()
    await write(slots, 'a')
    expect(slots.isUsed()).toBe(true)
    await slots.take()
    expect(slots.isUsed()).toBe(false)
    expect(await everything(browser.outbox)).toEqual({ a: 'value of a' })
    expect(await everything(browser.open(`${browser.prefix}0`))).toEqual({})
  })

  it('keeps what is written while it is being emptied', async () => {
    const { slots } = browser.page()
    await slots.take()
    await write(slots, ...Array.from({ length: 30 }, (_, n) => `first ${n}`))
    const emptied = slots.take()
    await write(slots, 'second')
    await emptied
    expect(slots.isUsed()).toBe(true)
    await slots.take()
    expect(Object.keys((await everything(browser.outbox)) ?? {})).toHaveLength(31)
  })

  it('opens its database anew after it was closed', async () => {
    const { slots, opened } = browser.page()
    await slots.take()
    opened[0]?.suspend()
    expect(write(slots, 'a')).toBeUndefined()
    await slots.take()
    expect(write(slots, 'a')).toBeDefined()
  })

  it('is anybody’s once it is let go of, also while it is being taken', async () => {
    const { slots } = browser.page()
    await slots.take()
    slots.letGo()
    expect(browser.held.size).toBe(0)
    expect(write(slots, 'a')).toBeUndefined()
    const taken = slots.take()
    slots.letGo()
    await taken
    expect(write(slots, 'a')).toBeUndefined()
    await slots.take()
    expect(write(slots, 'a')).toBeDefined()
  })
})

describe('what a dead page left', () => {
  const left = async (...keys: string[]) => {
    const dead = browser.page()
    await dead.slots.take()
    await write(dead.slots, ...keys)
    return dead
  }

  it('is moved by the page that takes the same slot', async () => {
    const dead = await left('a', 'b')
    dead.die()
    await browser.page().slots.take()
    expect(await everything(browser.outbox)).toEqual({ a: 'value of a', b: 'value of b' })
  })

  it('is moved by a page that looks for it, which keeps its own slot only', async () => {
    const dead = await left('a')
    const { slots, onLeft } = browser.page()
    await slots.take()
    dead.die()
    await slots.recover()
    expect(await everything(browser.outbox)).toEqual({ a: 'value of a' })
    expect([...browser.held.keys()]).toEqual([`${browser.prefix}1`])
    expect(onLeft).not.toHaveBeenCalled()
  })

  it('is moved as soon as it is dead, if it lived when somebody looked, and that one is told', async () => {
    const dying = await left('a')
    const { slots, onLeft } = browser.page()
    await slots.take()
    await slots.recover()
    await slots.recover()
    expect(await everything(browser.outbox)).toEqual({})
    dying.die()
    await vi.waitFor(() => expect(onLeft).toHaveBeenCalledTimes(1))
    expect(await everything(browser.outbox)).toEqual({ a: 'value of a' })
    expect([...browser.held.keys()]).toEqual([`${browser.prefix}1`])
  })

  it('is found where the browser does not tell what databases there are', async () => {
    const dead = await left('a')
    const { slots } = browser.page({ names: () => Promise.resolve(undefined) as never })
    await slots.take()
    dead.die()
    await slots.recover()
    expect(await everything(browser.outbox)).toEqual({ a: 'value of a' })
  })

  it('makes no databases by being looked for', async () => {
    const { slots } = browser.page()
    await slots.take()
    await slots.recover()
    const names = (await indexedDB.databases()).map(({ name }) => name)
    expect(names.filter((name) => name?.startsWith(browser.prefix))).toEqual([`${browser.prefix}0`])
  })
})

it('each one is worked on, those of living pages too', async () => {
  const pages = [browser.page(), browser.page()]
  for (const { slots } of pages) {
    await slots.take()
    await write(slots, 'a')
  }
  await pages[0]?.slots.each((store) => store.clear())
  expect(await everything(browser.open(`${browser.prefix}0`))).toEqual({})
  expect(await everything(browser.open(`${browser.prefix}1`))).toEqual({})
})
