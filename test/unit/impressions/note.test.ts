import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeNote, type NotedBatch } from '../../../src/impressions/packing'
import { readNote } from '../../../src/late/delivery/readNote'

const AT = 1_700_000_000_000
const nothing = { delivered: [], doubtful: [], seen: [] }
const impressions = (id: string, count: number): NotedBatch => ({
  id,
  kind: 'impressions',
  mode: 'DEBUG',
  at: AT,
  bytes: count * 100,
  items: Array.from({ length: count }, (_, n) => ({ f: `flag-${n}`, k: 'user', t: 'on', m: AT + n, c: 1, r: 'rule' })),
})
const events: NotedBatch = {
  id: 'e',
  kind: 'events',
  mode: 'DEBUG',
  at: AT,
  bytes: 100,
  items: [{ eventTypeId: 'buy', key: 'user', properties: { plan: 'pro', tags: null } }, ['a', ['list']], 'text', 7],
}

describe('a note', () => {
  it('says again what it was told', () => {
    const note = {
      delivered: ['a', 'b'],
      doubtful: [['c', AT]] as [string, number][],
      batches: [impressions('d', 70), { ...events, isRestored: true }, impressions('f', 1)],
      seen: ['x.y'],
    }
    const { text = '', left } = writeNote(note, 100_000)
    expect(left).toEqual([])
    expect(readNote(text)).toEqual({ ...note, disk: false })
    expect(readNote(writeNote({ ...note, disk: true }, 100_000).text)).toEqual({ ...note, disk: true })
  })

  it('that follows another one takes the batches as they were packed', () => {
    const texts = new Map<NotedBatch, string>()
    const batches = [impressions('a', 50), events]
    writeNote({ ...nothing, batches }, 100_000, texts)
    expect([...texts.keys()]).toEqual(batches)
    const again = { ...nothing, delivered: ['a'], batches: [events] }
    expect(writeNote(again, 100_000, texts)).toEqual(writeNote(again, 100_000))
    texts.set(events, '"as packed"')
    expect(writeNote(again, 100_000, texts).text).toContain('"batches":["as packed"]')
  })

  it('is not written when there is nothing to say', () => {
    expect(writeNote({ ...nothing, batches: [] }, 1_000)).toEqual({ text: undefined, left: [] })
  })

  it.each([
    ['delivered', { delivered: ['a'] }],
    ['doubtful', { doubtful: [['a', AT] as const] }],
    ['seen', { seen: ['x'] }],
    ['batches', { batches: [events] }],
  ])('is written for %s alone', (_, some) => {
    expect(writeNote({ ...nothing, batches: [], ...some }, 10_000).text).toBeTypeOf('string')
  })

  it('takes the batches that fit, in their order, and gives back the others', () => {
    const batches = [impressions('a', 50), impressions('b', 500), impressions('c', 1)]
    const { text = '', left } = writeNote({ ...nothing, batches }, 3_000)
    expect(text.length).toBeLessThanOrEqual(3_000)
    expect(readNote(text)?.batches.map(({ id }) => id)).toEqual(['a'])
    // A later batch may replace one that an earlier note has.
    expect(left.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  it('is never longer than it may be', () => {
    const batches = Array.from({ length: 200 }, (_, n) => ({ ...events, id: `${n}`, items: [n] }))
    for (let most = 0; most < 5_000; most += 7) {
      const { text = '' } = writeNote({ ...nothing, batches }, most)
      expect(text.length).toBeLessThanOrEqual(most)
    }
  })

  it('calls delivered what a batch in it replaces, and not what one outside replaces', () => {
    const batches = [
      { ...events, replaces: [{ id: 'old' }] },
      { ...impressions('b', 500), replaces: [{ id: 'older' }] },
    ]
    const { text = '' } = writeNote({ ...nothing, batches }, 2_000)
    expect(readNote(text)?.delivered).toEqual(['old'])
  })

  it.each([undefined, '', 'null', '7', '[]', '{}', '{"delivered":[]', JSON.stringify({ ...nothing, batches: [[]] })])(
    'that reads %s says nothing',
    (text) => {
      expect(readNote(text)).toBeUndefined()
    },
  )

  const packed = ['e', 'events', 'DEBUG', AT, 100, ['item']]
  it.each([
    ['an id', 0, 7],
    ['a kind', 1, 7],
    ['a mode', 2, null],
    ['a time', 3, 0],
    ['items', 5, 'items'],
  ])('says nothing where a batch in it has no %s', (_, place, wrong) => {
    const textOf = (batch: unknown[]) => JSON.stringify({ ...nothing, batches: [batch] })
    expect(readNote(textOf(packed))?.batches).toHaveLength(1)
    expect(readNote(textOf(packed.map((value, n) => (n === place ? wrong : value))))).toBeUndefined()
  })

  it('never throws, whatever lies there', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const note of [text, `{"delivered":${text},"doubtful":${text},"seen":${text},"batches":${text}}`])
          expect(() => readNote(note)).not.toThrow()
      }),
    )
  })
})
