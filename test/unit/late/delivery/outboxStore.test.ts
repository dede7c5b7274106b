import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../../src/browser/keyValue'
import { requestResult } from '../../../../src/browser/requestResult'
import { createOutboxStore, type Batch, type OutboxStore } from '../../../../src/late/delivery/outboxStore'
import { createSeen } from '../../../../src/late/delivery/seen'

const HOUR = 3_600_000
let now = 1_700_000_000_000
const seenNow = () => createSeen({ now: () => now } as Parameters<typeof createSeen>[0])

let keyValue: KeyValue
let store: OutboxStore
let databases = 0
beforeEach(() => {
  keyValue = createKeyValue({
    database: `outbox-store-${databases++}`,
    onFault: (why) => expect.unreachable(why),
  }) as KeyValue
  store = createOutboxStore(keyValue, 'mine')
})

const batch = (page: string, number: number, items: unknown[] = [{ f: 'a' }]): Batch => ({
  id: [page, number],
  kind: 'impressions',
  mode: 'DEBUG',
  at: now,
  items,
  bytes: 10,
})
const change = (put: Batch[], remove: Batch['id'][] = [], ids: string[] = []) => ({
  remove,
  put,
  seen: { id: ['page', 99] as const, hour: now - (now % HOUR), ids },
})
const keys = () =>
  keyValue.transact(
    'readonly',
    (all) =>
      new Promise<IDBValidKey[]>(
        (resolve) =>
          (all.getAllKeys().onsuccess = ({ target }) => resolve((target as IDBRequest<IDBValidKey[]>).result)),
      ),
  )

describe('the outbox on disk', () => {
  it('gives back what was put, page by page, until it is removed', async () => {
    await store.writeAtOnce(change([batch('p', 1), batch('p', 2), batch('q', 1)]))
    expect((await store.pages()).sort()).toEqual(['p', 'q'])
    expect(await store.read('p')).toEqual([batch('p', 1), batch('p', 2)])
    await store.writeAtOnce(change([], [['p', 1]]))
    expect(await store.read('p')).toEqual([batch('p', 2)])
  })

  it('is apart for another SDK key or events URL', async () => {
    const other = createOutboxStore(keyValue, 'theirs')
    await store.writeAtOnce(change([batch('p', 1)], [], ['x']))
    expect(await other.pages()).toEqual([])
    await other.clear()
    expect(await store.pages()).toEqual(['p'])
    await store.clear()
    expect(await keys()).toEqual([])
  })

  it('leaves out what it cannot understand: anybody may have written there', async () => {
    await store.writeAtOnce(change([batch('p', 1)]))
    const bad = [undefined, 7, 'text', {}, { kind: 'impressions' }, { ...batch('p', 3), items: 'none' }]
    await keyValue.transact('readwrite', (all) =>
      bad.forEach((value, n) => all.put(value, ['batch', 'mine', 'p', 10 + n])),
    )
    expect(await store.read('p')).toEqual([batch('p', 1)])
  })

  it('learns what others have seen before it decides, each record once, and forgets the hour before', async () => {
    await store.writeAtOnce(change([], [], ['a', 'b']))
    const seen = seenNow()
    let isKnown: boolean | undefined
    await store.write(seen, () => {
      isKnown = !seen.isFirst('a', now)
      return change([])
    })
    expect(isKnown).toBe(true)
    expect(seen.records.size).toBe(1)
    await store.write(seen, () => change([]))
    now += HOUR
    await store.write(seen, () => change([]))
    expect(seen.isFirst('a', now)).toBe(true)
    expect(await keys()).toEqual([])
  })

  it('writes what was seen in small records: a big one does not outlive a page that is closed', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => JSON.stringify([`flag-${n}`, 'k'.repeat(250), 'l'.repeat(250)]))
    await store.writeAtOnce(change([], [], ids))
    const sizes = await keyValue.transact('readonly', async (all) =>
      (await requestResult(all.getAll())).map((record) => JSON.stringify(record).length),
    )
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(60 * 1024)
    const seen = seenNow()
    await store.write(seen, () => change([]))
    expect(ids.filter((id) => seen.isFirst(id, now))).toEqual([])
  })

  it('gives up for a write at once what is under way', async () => {
    const slow = store.write(seenNow(), () => change([batch('p', 1)])).catch(() => 'given up')
    const reading = store.read('p').catch(() => 'given up')
    await store.writeAtOnce(change([batch('p', 2)]))
    expect(await slow).toBe('given up')
    expect(await reading).toBe('given up')
    expect(await store.read('p')).toEqual([batch('p', 2)])
  })
})

describe('with hide slots', () => {
  const held = new Map<string, object>()
  beforeEach(() => held.clear())
  const opened = new Map<string, KeyValue>()
  const prefix = () => `slot-${databases}-`
  const open = (name: string) => {
    const made = createKeyValue({ database: name, onFault: (why) => expect.unreachable(why) }) as KeyValue
    opened.set(name, made)
    return made
  }
  /** A page of this browser. */
  const page = (outbox = keyValue, scope = 'mine') => {
    const its = {}
    return createOutboxStore(outbox, scope, {
      prefix: prefix(),
      open,
      databaseNames: () => Promise.resolve([...opened.keys()]),
      lock: {
        async hold(name) {
          if (held.has(name)) return false
          held.set(name, its)
          return true
        },
        wait: () => new Promise(() => undefined),
        stopWaiting: () => undefined,
        letGo(only) {
          for (const [name, owner] of held) if (owner === its && (!only || name === only)) held.delete(name)
        },
      },
      onLeft: () => undefined,
    })
  }
  /** An outbox in which another tab is in front when a page goes away. */
  const busy = () => {
    const made: KeyValue & { isBusy: boolean } = {
      ...keyValue,
      isBusy: false,
      transact: (mode, work) => (made.isBusy ? Promise.reject(new Error('it died')) : keyValue.transact(mode, work)),
    }
    return made
  }

  it('another page finds what was put at once, though another tab was in front', async () => {
    const outbox = busy()
    const gone = page(outbox)
    await gone.recover()
    outbox.isBusy = true
    await gone.writeAtOnce(change([batch('p', 1)], [], ['a']))
    outbox.isBusy = false
    gone.letGo()
    expect(await keys()).toEqual([])
    const next = page()
    await next.recover()
    expect(await next.pages()).toEqual(['p'])
    expect(await next.read('p')).toEqual([batch('p', 1)])
    const seen = seenNow()
    await next.write(seen, () => change([]))
    expect(seen.isFirst('a', now)).toBe(false)
  })

  it('another page does not find what was handed over, though its deletion died', async () => {
    const outbox = busy()
    const gone = page(outbox)
    await gone.recover()
    await gone.write(seenNow(), () => change([batch('p', 1), batch('p', 2)]))
    outbox.isBusy = true
    await gone.writeAtOnce(change([], [['p', 1]]))
    outbox.isBusy = false
    gone.letGo()
    expect(await keys()).toHaveLength(2)
    const next = page()
    await next.recover()
    expect(await next.read('p')).toEqual([batch('p', 2)])
  })

  it('what the second hide in a row removes does not come back', async () => {
    const gone = page()
    await gone.recover()
    await Promise.all([
      gone.writeAtOnce(change([batch('p', 1), batch('p', 2)])),
      gone.writeAtOnce(change([], [['p', 1]])),
    ])
    gone.letGo()
    const next = page()
    await next.recover()
    expect(await next.read('p')).toEqual([batch('p', 2)])
  })

  it('says so when one of them cannot be cleared, and clears the others', async () => {
    const [first, second] = [page(), page()]
    for (const store of [first, second]) {
      await store.recover()
      await store.writeAtOnce(change([batch('p', 1)]))
    }
    opened.get(`${prefix()}0`)?.close()
    await expect(first.clear()).rejects.toThrow('closed')
    const slot = opened.get(`${prefix()}1`) as KeyValue
    expect(await slot.transact('readonly', (all) => requestResult(all.count()))).toBe(0)
  })

  it('forgets also what is being moved at that moment', async () => {
    const gone = page()
    await gone.recover()
    await gone.writeAtOnce(change(Array.from({ length: 40 }, (_, n) => batch('p', n))))
    gone.letGo()
    const next = page()
    const moving = next.recover()
    await new Promise((resolve) => setImmediate(resolve))
    await next.clear()
    await moving
    await next.recover()
    expect(await next.pages()).toEqual([])
  })

  it('what is delivered after a hide does not come back', async () => {
    const store = page()
    await store.recover()
    await store.writeAtOnce(change([batch('p', 1), batch('p', 2)]))
    await store.write(seenNow(), () => change([], [['p', 1]]))
    expect(await store.read('p')).toEqual([batch('p', 2)])
    const next = page()
    await next.recover()
    expect(await next.read('p')).toEqual([batch('p', 2)])
  })

  it('reads only what is not known', async () => {
    const store = page()
    await store.writeAtOnce(change([batch('p', 1), batch('p', 2)]))
    expect(await store.read('p', ([, number]) => number === 1)).toEqual([batch('p', 2)])
  })

  it('forgets everything of its scope there too, and nothing of another one', async () => {
    const [mine, theirs] = [page(), page(keyValue, 'theirs')]
    for (const store of [mine, theirs]) {
      await store.recover()
      await store.writeAtOnce(change([batch('p', 1)], [['p', 0]], ['a']))
    }
    await mine.clear()
    mine.letGo()
    theirs.letGo()
    const [next, last] = [page(), page(keyValue, 'theirs')]
    await next.recover()
    expect(await next.pages()).toEqual([])
    await last.recover()
    expect(await last.pages()).toEqual(['p'])
  })

  it('moves what can be moved: anybody may have written there', async () => {
    const slot = open(`${prefix()}0`)
    await slot.transact('readwrite', (all) => {
      all.put('no list', ['gone', 'mine', 'p', 1])
      all.put([{ no: 'key' }], ['gone', 'mine', 'p', 2])
      all.put(7, 'key')
      all.put(batch('p', 3), ['batch', 'mine', 'p', 3])
    })
    const store = page()
    await store.recover()
    expect(await store.read('p')).toEqual([batch('p', 3)])
    expect(await slot.transact('readonly', (all) => requestResult(all.count()))).toBe(0)
  })
})
