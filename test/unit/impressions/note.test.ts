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
    expect(readNote(text).batches.map(({ id }) => id)).toEqual(['a'])
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
    expect(readNote(text).delivered).toEqual(['old'])
  })

  it.each([undefined, '', 'null', '{"delivered":[]'])(
    'that reads %s says nothing, and what it said may be on disk',
    (text) => {
      expect(readNote(text)).toEqual({ ...nothing, batches: [], disk: true })
    },
  )

  it.each(['7', '[]', '{}', '{"seen":{}}', JSON.stringify({ ...nothing, batches: [[], 7, null] })])(
    'that reads %s is empty',
    (text) => {
      expect(readNote(text)).toEqual({ ...nothing, batches: [], disk: false })
    },
  )

  const packed = ['e', 'events', 'DEBUG', AT, 100, ['item']]
  it.each([
    ['an id', 0, 7],
    ['a kind', 1, 7],
    ['a mode', 2, null],
    ['a time', 3, `${AT}`],
    ['a time since 1970', 3, -1],
    ['a time that a date can have', 3, 1e300],
    ['items', 5, 'items'],
    ['items at all', 5, null],
  ])('says the rest where a batch in it has no %s', (_, place, wrong) => {
    const damaged = packed.map((value, n) => (n === place ? wrong : value))
    const text = JSON.stringify({ delivered: ['d'], doubtful: [['x', AT]], seen: ['s'], batches: [damaged, packed] })
    expect(readNote(text)).toEqual({
      delivered: ['d'],
      doubtful: [['x', AT]],
      batches: [{ ...events, items: ['item'] }],
      seen: ['s'],
      disk: false,
    })
  })

  it.each(['100', null, -1, 0, 1e300, {}])(
    'takes a batch of %j bytes for one of the largest that pages make',
    (bytes) => {
      const batches = [packed.map((value, n) => (n === 4 ? bytes : value))]
      expect(readNote(JSON.stringify({ ...nothing, batches })).batches).toEqual([
        { ...events, items: ['item'], bytes: 10_240 },
      ])
    },
  )

  it('says nothing of what is no text, nor of a doubt that began at no time', () => {
    const doubtful = [['a', AT], ['b', `${AT}`], ['c', -1], ['d', null], ['e'], 'f', null, { 1: AT }]
    const text = JSON.stringify({ delivered: ['a', 7, null], doubtful, seen: [{ toString: 1 }, 'x'], batches: [] })
    expect(readNote(text)).toMatchObject({ delivered: ['a'], doubtful: [['a', AT]], seen: ['x'] })
  })

  it.each([
    ['too many', [3e7]],
    ['too many together', Array.from({ length: 400 }, () => 1e5)],
    ['less than none', [-1, 1e9]],
    ['no whole number', [0.5]],
    ['no number', ['5']],
  ])('of batches that say they have %s impressions is read at once, without those that cannot be', (_, counts) => {
    const alike = [['f', ['flag']]]
    const batches = counts.map((count, n) => [`${n}`, 'impressions', 'DEBUG', AT, 100, [count, ...alike]])
    const least = ['least', 'impressions', 'DEBUG', AT, 100, [2, ...alike]]
    const read = readNote(JSON.stringify({ ...nothing, batches: [least, ...batches, packed] })).batches ?? []
    expect(read[0]).toEqual({
      id: 'least',
      kind: 'impressions',
      mode: 'DEBUG',
      at: AT,
      bytes: 100,
      items: [{ f: 'flag' }, { f: 'flag' }],
    })
    expect(read.at(-1)?.id).toBe('e')
    expect(read).toHaveLength(2)
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
