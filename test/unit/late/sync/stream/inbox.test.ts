import { describe, expect, it } from 'vitest'
import { evaluatorDoor } from '../../../../../src/evaluation/evaluate'
import { createInbox } from '../../../../../src/late/sync/stream/inbox'
import { settle } from '../../../definitions/fakes'
import { openPolling } from '../openPolling'

/** An inbox of a connection that is open, on top of polling that is ready. */
async function open() {
  const parts = openPolling()
  const { polling, clock } = parts
  parts.keys.register('user1')
  parts.start()
  await settle()
  const told: string[] = []
  const streamed: (readonly string[] | undefined)[] = []
  const inbox = createInbox({
    polling: {
      ...polling,
      setStreamed(keys) {
        streamed.push(keys && [...keys])
        polling.setStreamed(keys)
      },
    },
    definitions: parts.definitions,
    page: parts.page,
    clock,
    hashing: evaluatorDoor,
    onReset: () => told.push('reset'),
    onDisabled: () => told.push('disabled'),
    onUnreadable: () => told.push('unreadable'),
  })
  inbox.expect(new Set(['user1']))
  inbox.open()
  await settle()
  parts.asked()
  let timestamp = 0
  /** Does what the step says: `pri=0` is the message of a region without publishers, capitals are a control message. */
  const act = async (step: string): Promise<void> => {
    const envelope = (data: object, more: object = {}) =>
      JSON.stringify({ timestamp: ++timestamp, channel: 'control_pri', data: JSON.stringify(data), ...more })
    const [region = '', publishers] = step.split('=')
    if (step === 'new connection') inbox.expect(new Set(['user1', 'user2']))
    else if (step === 'open') inbox.open()
    else if (step === 'give up') inbox.giveUp()
    else if (step === 'rest') inbox.rest()
    else if (step === 'oops') inbox.receive('oops')
    else if (step === 'update') inbox.receive(envelope({ type: 'SPLIT_UPDATE', changeNumber: 11 + timestamp }))
    else if (publishers) {
      const more = { channel: `control_${region}`, name: '[meta]occupancy' }
      inbox.receive(envelope({ metrics: { publishers: Number(publishers) } }, more))
    } else inbox.receive(envelope({ type: 'CONTROL', controlType: `STREAMING_${step}` }))
    await settle()
  }
  return { ...parts, inbox, act, told, streamed }
}

const UP = ['user1']

describe('the inbox', () => {
  it.each<
    [what: string, steps: string[], streamed: (readonly string[] | undefined)[], fetches: number, told: string[]]
  >([
    ['one region is without publishers', ['pri=0'], [UP], 0, []],
    ['both are', ['pri=0', 'sec=0'], [UP, undefined], 1, []],
    ['one has some again', ['pri=0', 'sec=0', 'sec=1'], [UP, undefined, UP], 2, []],
    ['the service pauses', ['PAUSED', 'PAUSED'], [UP, undefined], 1, []],
    ['and resumes', ['PAUSED', 'RESUMED', 'RESUMED'], [UP, undefined, UP], 2, []],
    ['and resumes without publishers', ['PAUSED', 'pri=0', 'sec=0', 'RESUMED'], [UP, undefined], 1, []],
    [
      'a new connection forgets the pause',
      ['PAUSED', 'new connection', 'open'],
      [UP, undefined, [...UP, 'user2']],
      2,
      [],
    ],
    [
      'what changed in a pause that it did not hear of is fetched at its end, once',
      ['PAUSED', 'new connection', 'open', 'RESUMED', 'RESUMED'],
      [UP, undefined, [...UP, 'user2'], [...UP, 'user2']],
      3,
      [],
    ],
    ['the service asks for a new connection', ['RESET'], [UP], 0, ['reset']],
    ['it switches streaming off', ['DISABLED'], [UP], 0, ['disabled']],
    ['it says what nobody knows', ['SOMETHING'], [UP], 0, []],
    ['the stream is given up, twice', ['give up', 'give up'], [UP, undefined], 1, []],
    ['it rests, without a fetch', ['rest', 'rest'], [UP, undefined, undefined], 0, []],
    ['an update is fetched', ['update'], [UP], 1, []],
    ['not while it is paused', ['PAUSED', 'update'], [UP, undefined], 1, []],
    ['nor is a message that cannot be read', ['PAUSED', 'oops'], [UP, undefined], 1, []],
    ['which otherwise is told of', ['oops', 'oops'], [UP], 0, ['unreadable', 'unreadable']],
  ])('%s', async (_, steps, streamed, fetches, told) => {
    const parts = await open()
    for (const step of steps) await parts.act(step)
    expect(parts.streamed).toEqual(streamed)
    expect(parts.inbox.isUp()).toBe(streamed.at(-1) !== undefined)
    expect(parts.asked()).toHaveLength(fetches)
    expect(parts.told).toEqual(told)
    parts.inbox.rest()
    parts.polling.stop()
    expect(parts.clock.pending()).toBe(0)
  })

  it('fetches once for messages that cannot be read, a second after the first', async () => {
    const { act, clock, requests, inbox, polling } = await open()
    await act('oops')
    await clock.advance(999)
    await act('oops')
    expect(requests).toHaveLength(0)
    await clock.advance(1)
    expect(requests.map(({ noCache }) => noCache)).toEqual([true])
    await act('oops')
    inbox.rest()
    await clock.advance(10_000)
    expect(requests).toHaveLength(1)
    polling.stop()
  })
})
