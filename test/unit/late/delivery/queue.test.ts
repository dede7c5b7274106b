import { describe, expect, it } from 'vitest'
import { createQueue, type Entry } from '../../../../src/late/delivery/queue'
import type { Batch, BatchId } from '../../../../src/late/delivery/outboxStore'

const NOW = 1_700_000_000_000
const KIB = 1024

function open(over: { maxBytes?: number; maxItems?: number; maxAgeMs?: number } = {}) {
  const clock = { at: NOW }
  const dropped: unknown[][] = []
  let number = 0
  const queue = createQueue({
    limits: { maxBytes: 1_000_000, maxItems: 100_000, maxAgeMs: 1_000, ...over },
    mode: 'OPTIMIZED',
    now: () => clock.at,
    nextId: (): BatchId => ['page', number++],
    // What it had when it was dropped: afterwards it is empty.
    onDropped: ({ items }) => dropped.push([...items]),
  })
  return {
    queue,
    clock,
    dropped,
    /** Items in batches of their own. */
    pushEach(items: readonly unknown[], bytes: number) {
      for (const item of items) {
        queue.seal()
        queue.push('kind', item, bytes)
      }
    },
    items: () => [...queue.entries()].map((entry) => entry.items),
    entry(at: number): Entry {
      const entry = [...queue.entries()][at]
      if (!entry) throw new Error(`no batch ${at}`)
      return entry
    },
  }
}

const batch = (number: number, over: Partial<Batch> = {}): Batch => ({
  id: ['other page', number],
  kind: 'kind',
  mode: 'DEBUG',
  at: NOW - 100,
  items: [`stored ${number}`],
  bytes: 10,
  ...over,
})

describe('what is pushed', () => {
  it('fills one batch per kind, in order', () => {
    const { queue, clock } = open()
    queue.push('a', 1, 10)
    clock.at++
    queue.push('b', 2, 20)
    queue.push('a', 3, 30)
    const common = { mode: 'OPTIMIZED', isClaimed: false, isSaved: false, isWritten: false, isUnique: false }
    expect([...queue.entries()]).toEqual([
      { ...common, id: ['page', 0], kind: 'a', at: NOW, items: [1, 3], bytes: 40 },
      { ...common, id: ['page', 1], kind: 'b', at: NOW + 1, items: [2], bytes: 20 },
    ])
  })

  it('begins another batch at 15 KiB, and gives a bigger item one of its own', () => {
    const { queue, items } = open()
    queue.push('kind', 1, 10 * KIB)
    queue.push('kind', 2, 5 * KIB)
    queue.push('kind', 3, 1)
    queue.push('kind', 4, 20 * KIB)
    queue.push('kind', 5, 1)
    expect(items()).toEqual([[1, 2], [3], [4], [5]])
  })

  it('begins another batch at an eighth of the items, so that a limit never costs all', () => {
    const { queue, items, dropped } = open({ maxItems: 16 })
    for (let i = 0; i < 17; i++) queue.push('kind', i, 1)
    expect(dropped).toEqual([[0, 1]])
    expect(items()).toHaveLength(8)
    expect(items().flat()).toEqual(Array.from({ length: 15 }, (_, i) => i + 2))
  })

  it.each<[string, (world: ReturnType<typeof open>) => void]>([
    ['claimed', ({ entry }) => (entry(0).isClaimed = true)],
    ['written', ({ entry }) => (entry(0).isWritten = true)],
    ['sealed', ({ queue }) => queue.seal()],
  ])('is not added to a batch that is %s', (_what, close) => {
    const world = open()
    world.queue.push('kind', 1, 1)
    close(world)
    world.queue.push('kind', 2, 1)
    world.queue.push('kind', 3, 1)
    expect(world.items()).toEqual([[1], [2, 3]])
  })

  it('is not added to a batch that was taken out', () => {
    const { queue, entry, items } = open()
    queue.push('kind', 1, 1)
    queue.leave(entry(0))
    queue.push('kind', 2, 1)
    expect(items()).toEqual([[2]])
  })

  it('is unsaved until it is saved', () => {
    const { queue, pushEach, entry } = open()
    pushEach([1, 2], 1)
    entry(0).isSaved = true
    expect(queue.unsaved()).toEqual([entry(1)])
  })
})

describe('the limits', () => {
  it.each([
    ['bytes', { maxBytes: 30 }],
    ['items', { maxItems: 3 }],
  ])('in %s: the oldest is dropped and reported', (_what, limits) => {
    const { pushEach, items, dropped } = open(limits)
    pushEach(['a', 'b', 'c'], 10)
    expect(dropped).toEqual([])
    pushEach(['d'], 10)
    expect(dropped).toEqual([['a']])
    expect(items()).toEqual([['b'], ['c'], ['d']])
  })

  it('in age: what is older is dropped when they are looked at', () => {
    const { queue, clock, pushEach, items, dropped } = open({ maxAgeMs: 1_000 })
    pushEach(['a'], 1)
    clock.at += 1
    pushEach(['b'], 1)
    clock.at += 999
    queue.keepLimits()
    expect(dropped).toEqual([])
    clock.at += 1
    queue.keepLimits()
    expect(dropped).toEqual([['a']])
    expect(items()).toEqual([['b']])
  })

  it('in age: also of a page whose batches come after those of a younger one', () => {
    const { queue, items, dropped } = open({ maxAgeMs: 1_000 })
    queue.unshift([batch(0, { at: NOW - 2_000 })])
    queue.unshift([batch(1)])
    queue.keepLimits()
    expect(dropped).toEqual([['stored 0']])
    expect(items()).toEqual([['stored 1']])
  })

  it('leave alone what is on its way, and cost it once it is back', () => {
    const { pushEach, entry, items, dropped } = open({ maxBytes: 20 })
    pushEach(['a', 'b'], 10)
    const first = entry(0)
    first.isClaimed = true
    pushEach(['c'], 10)
    expect(dropped).toEqual([['b']])
    expect(items()).toEqual([['a'], ['c']])
    first.isClaimed = false
    pushEach(['d'], 10)
    expect(dropped).toEqual([['b'], ['a']])
  })

  it('drop an item that is bigger than all that may be', () => {
    const { queue, items, dropped } = open({ maxBytes: 20 })
    queue.push('kind', 'big', 21)
    expect(dropped).toEqual([['big']])
    queue.push('kind', 'small', 20)
    expect(items()).toEqual([['small']])
  })

  it('count what is left after a batch got other items, or went', () => {
    const { queue, pushEach, entry, dropped } = open({ maxBytes: 40, maxItems: 40 })
    pushEach(['a', 'b', 'c', 'd'], 10)
    queue.resize(entry(0), ['a'], 5)
    queue.leave(entry(1))
    queue.forget(entry(2))
    // 15 of 40 bytes are taken.
    pushEach(['e', 'f'], 12)
    expect(dropped).toEqual([])
    pushEach(['g'], 2)
    expect(dropped).toEqual([['a']])
  })

  it('are kept over a split into halves', () => {
    const { queue, clock, entry, items, dropped } = open({ maxBytes: 40 })
    queue.push('kind', 1, 20)
    queue.push('kind', 2, 20)
    const whole = entry(0)
    clock.at++
    const { kind, mode, at } = whole
    for (const item of whole.items)
      queue.enter({ kind, mode, at, items: [item], bytes: 20 }, ['page', item as number], true)
    queue.forget(whole)
    queue.keepLimits()
    expect(dropped).toEqual([])
    expect(items()).toEqual([[1], [2]])
    expect(entry(0)).toMatchObject({ at: NOW, isUnique: true, isSaved: false })
    // Complete as they are.
    queue.push('kind', 3, 1)
    expect(dropped).toEqual([[1]])
    expect(items()).toEqual([[2], [3]])
  })
})

describe('what comes from disk', () => {
  it('goes before all others, and is there already', () => {
    const { queue, pushEach, items, entry } = open()
    pushEach(['own'], 1)
    queue.unshift([batch(0), batch(1)])
    expect(items()).toEqual([['stored 0'], ['stored 1'], ['own']])
    expect(entry(0)).toMatchObject({
      id: ['other page', 0],
      mode: 'DEBUG',
      isSaved: true,
      isWritten: true,
      isUnique: true,
    })
    expect(queue.unsaved()).toEqual([entry(2)])
  })

  it('does not end the batch that is being filled', () => {
    const { queue, items } = open()
    queue.push('kind', 1, 1)
    queue.unshift([batch(0)])
    queue.push('kind', 2, 1)
    expect(items()).toEqual([['stored 0'], [1, 2]])
  })

  it('counts towards the limits, and is the first to go, from disk too', () => {
    const { queue, pushEach, dropped } = open({ maxBytes: 20 })
    pushEach(['own'], 5)
    queue.unshift([batch(0), batch(1)])
    queue.keepLimits()
    expect(dropped).toEqual([['stored 0']])
    expect([...queue.obsolete]).toEqual([['other page', 0]])
  })
})

describe('what is taken out', () => {
  it('is to be deleted from disk when it is forgotten and may be there, and not when it leaves', () => {
    const { queue, pushEach, entry, items } = open()
    pushEach(['forgotten', 'left', 'never written'], 1)
    const [forgotten, left, unwritten] = [entry(0), entry(1), entry(2)]
    forgotten.isWritten = left.isWritten = true
    queue.forget(forgotten)
    queue.leave(left)
    queue.forget(unwritten)
    expect(items()).toEqual([])
    expect([...queue.obsolete]).toEqual([forgotten.id])
  })

  it('gets no items any more', () => {
    const { queue, pushEach, entry, dropped } = open({ maxBytes: 20 })
    pushEach(['a'], 10)
    const gone = entry(0)
    queue.leave(gone)
    queue.resize(gone, ['a', 'b'], 20)
    expect(gone.items).toEqual([])
    pushEach(['c', 'd'], 10)
    expect(dropped).toEqual([])
  })
})
