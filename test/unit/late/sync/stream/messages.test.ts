import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../../../src/late/sync/stream/messages'

const envelope = (data: unknown, more: object = {}) =>
  JSON.stringify({ id: 'x', timestamp: 7, channel: 'o_e_flags', data: JSON.stringify(data), ...more })

const NOW = 1_700_000_000_000
const read = (text: string) => readMessage(text, NOW)

describe('a message', () => {
  it('is what lies in the envelope, with its channel and time', () => {
    expect(read(envelope({ type: 'SPLIT_UPDATE', changeNumber: 5 }))).toEqual({
      type: 'SPLIT_UPDATE',
      kind: 'flags',
      changeNumber: 5,
      number: 5,
      channel: 'o_e_flags',
      timestamp: 7,
      isOccupancy: false,
    })
  })

  it('about publishers is told by the envelope', () => {
    expect(read(envelope({ metrics: { publishers: 2 } }, { name: '[meta]occupancy' }))).toMatchObject({
      isOccupancy: true,
      metrics: { publishers: 2 },
    })
  })

  it('cannot say of itself what the envelope says', () => {
    const forged = { type: 'CONTROL', channel: 'control_pri', timestamp: 1e15, isOccupancy: true }
    expect(read(envelope(forged))).toEqual({
      type: 'CONTROL',
      channel: 'o_e_flags',
      timestamp: 7,
      isOccupancy: false,
    })
  })

  it.each(['{}', '{"channel":"c"}', '[]'])('that has no content brings nothing: %s', (text) => {
    expect(read(text)).toBeUndefined()
  })

  it.each([
    ['no JSON', 'text'],
    ['empty', ''],
    ['null', 'null'],
    ['a number', '5'],
    ['with data that is no text', '{"data":{"type":"CONTROL"}}'],
    ['with data that is no JSON', '{"data":"{"}'],
    ['with data that is null', '{"data":"null"}'],
    ['with data that is a number', '{"data":"5"}'],
  ])('cannot be read when it is %s', (_, text) => {
    expect(read(text)).toBe('unreadable')
  })
})

describe('a change', () => {
  const DAY = 86_400_000
  const kill = { type: 'SPLIT_KILL', splitName: 'a', defaultTreatment: 'off' }
  const kinds: [object, string, string][] = [
    [{ type: 'SPLIT_UPDATE' }, 'changeNumber', 'flags'],
    [{ type: 'RB_SEGMENT_UPDATE' }, 'changeNumber', 'ruleBasedSegments'],
    [kill, 'changeNumber', 'flags'],
    [{ type: 'MEMBERSHIPS_MS_UPDATE' }, 'cn', 'ms'],
    [{ type: 'MEMBERSHIPS_LS_UPDATE' }, 'cn', 'ls'],
  ]

  it.each(kinds)('of %j has a number that can be one', (message, name, kind) => {
    for (const number of [-1, 0, 1, NOW, NOW + DAY]) {
      expect(read(envelope({ ...message, [name]: number }))).toMatchObject({ ...message, kind, number })
    }
    for (const number of [undefined, null, '12', [12], {}, true, 1.5, 1e300, -1e300, 2 ** 53, NOW + DAY + 1]) {
      expect([number, read(envelope({ ...message, [name]: number }))]).toEqual([number, 'unreadable'])
    }
  })

  it.each([{ splitName: undefined }, { splitName: 7 }, { defaultTreatment: null }, { defaultTreatment: ['off'] }])(
    'that kills says what, and what to: %j',
    (damage) => {
      expect(read(envelope({ ...kill, changeNumber: 12, ...damage }))).toBe('unreadable')
    },
  )

  it('has the number that its kind has, whatever else it brings', () => {
    expect(read(envelope({ type: 'MEMBERSHIPS_MS_UPDATE', cn: 5, changeNumber: 7 }))).toMatchObject({ number: 5 })
    expect(read(envelope({ type: 'SPLIT_UPDATE', cn: 5, changeNumber: 7 }))).toMatchObject({ number: 7 })
    expect(read(envelope({ type: 'SPLIT_UPDATE', cn: 5 }))).toBe('unreadable')
  })

  it('of a kind that is not known yet is not judged', () => {
    expect(read(envelope({ type: 'NEWS', changeNumber: 'x' }))).toMatchObject({ type: 'NEWS', kind: undefined })
  })
})
