import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../../../src/late/sync/stream/messages'

const envelope = (data: unknown, more: object = {}) =>
  JSON.stringify({ id: 'x', timestamp: 7, channel: 'o_e_flags', data: JSON.stringify(data), ...more })

describe('a message', () => {
  it('is what lies in the envelope, with its channel and time', () => {
    expect(readMessage(envelope({ type: 'SPLIT_UPDATE', changeNumber: 5 }))).toEqual({
      type: 'SPLIT_UPDATE',
      changeNumber: 5,
      channel: 'o_e_flags',
      timestamp: 7,
      isOccupancy: false,
    })
  })

  it('about publishers is told by the envelope', () => {
    expect(readMessage(envelope({ metrics: { publishers: 2 } }, { name: '[meta]occupancy' }))).toMatchObject({
      isOccupancy: true,
      metrics: { publishers: 2 },
    })
  })

  it('cannot say of itself what the envelope says', () => {
    const forged = { type: 'CONTROL', channel: 'control_pri', timestamp: 1e15, isOccupancy: true }
    expect(readMessage(envelope(forged))).toEqual({
      type: 'CONTROL',
      channel: 'o_e_flags',
      timestamp: 7,
      isOccupancy: false,
    })
  })

  it.each([
    ['no JSON', 'text'],
    ['empty', ''],
    ['null', 'null'],
    ['a number', '5'],
    ['without data', '{"channel":"c"}'],
    ['with data that is no text', '{"data":{"type":"CONTROL"}}'],
    ['with data that is no JSON', '{"data":"{"}'],
    ['with data that is null', '{"data":"null"}'],
    ['with data that is a number', '{"data":"5"}'],
  ])('is none when it is %s', (_, text) => {
    expect(readMessage(text)).toBeUndefined()
  })
})
