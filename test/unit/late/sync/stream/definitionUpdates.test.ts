import { describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../../../src/definitions/definitions'
import { createDefinitionUpdates } from '../../../../../src/late/sync/stream/definitionUpdates'
import { createFakeClock, flag, inSegment, settle, splitChanges } from '../../../definitions/fakes'
import { gzip, plain, zlib } from './openStream'
import type { FetchOptions } from '../../../../../src/late/sync/definitionsPoll'
import type { Message } from '../../../../../src/late/sync/stream/messages'

function open() {
  const clock = createFakeClock(0)
  const definitions = createDefinitions({})
  definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10)], 5, [{ name: 'known' }]))
  const fetched: [seconds: number, options: FetchOptions][] = []
  const service = { answer: undefined as object | undefined }
  const change = vi.fn<(makeChange: () => unknown, isConfirmed?: boolean) => void>((makeChange) => void makeChange())
  const updates = createDefinitionUpdates({
    polling: {
      change,
      refresh: (options = {}) => {
        fetched.push([clock.now() / 1000, options])
        if (service.answer) definitions.apply(service.answer)
        return Promise.resolve(true)
      },
    },
    definitions,
    clock,
  })
  const message = (kind: Message['kind'], { changeNumber, ...more }: { changeNumber: number }): Message => ({
    kind,
    number: changeNumber,
    channel: 'c',
    timestamp: 1,
    isOccupancy: false,
    ...more,
  })
  return {
    clock,
    definitions,
    service,
    change,
    fetched,
    update: async (kind: 'flags' | 'ruleBasedSegments', more: { changeNumber: number; [name: string]: unknown }) => {
      await updates.update(kind, message(kind, more))
      await settle()
    },
    kill: async (more: { changeNumber: number; splitName: string; defaultTreatment: string }) => {
      updates.kill(message('flags', more))
      await settle()
    },
    cancel: updates.cancel,
  }
}

const NO_CACHE = [0, { noCache: true }]

describe('a change that came along', () => {
  it.each([
    ['plain', 0, plain],
    ['gzip', 1, gzip],
    ['zlib', 2, zlib],
  ] as const)('%s, is made without a question', async (_, c, encode) => {
    const { update, definitions, fetched, change } = open()
    const raw = flag('ä😀', 12)
    await update('flags', { changeNumber: 12, pcn: 10, c, d: encode(JSON.stringify(raw)) })
    expect(definitions.raw('ä😀')).toEqual(raw)
    expect(definitions.changeNumbers()).toEqual({ flags: 12, ruleBasedSegments: 5 })
    expect(fetched).toEqual([])
    expect(change.mock.calls.map(([, isConfirmed]) => isConfirmed)).toEqual([undefined])
  })

  it('archives', async () => {
    const { update, definitions } = open()
    await update('flags', {
      changeNumber: 12,
      pcn: 10,
      c: 0,
      d: plain(JSON.stringify(flag('a', 12, { status: 'ARCHIVED' }))),
    })
    expect(definitions.names()).toEqual(['b'])
  })

  it('of a rule-based segment is made by its own number', async () => {
    const { update, definitions, fetched } = open()
    await update('ruleBasedSegments', { changeNumber: 8, pcn: 5, c: 0, d: plain('{"name":"new"}') })
    expect(definitions.ruleBasedSegment('new')).toBeDefined()
    expect(definitions.changeNumbers()).toEqual({ flags: 10, ruleBasedSegments: 8 })
    expect(fetched).toEqual([])
  })

  it('asks for a rule-based segment that is here: is made; for one that is not: both are fetched', async () => {
    const { update, definitions, fetched } = open()
    const asking = (name: string, changeNumber: number, pcn: number) => ({
      changeNumber,
      pcn,
      c: 0,
      d: plain(JSON.stringify(flag('a', changeNumber, { conditions: [inSegment(name, 'IN_RULE_BASED_SEGMENT')] }))),
    })
    await update('flags', asking('known', 12, 10))
    expect([definitions.changeNumbers().flags, fetched]).toEqual([12, []])
    await update('flags', asking('unknown', 13, 12))
    expect([definitions.changeNumbers().flags, fetched]).toEqual([12, [NO_CACHE]])
  })

  it.each<[string, object]>([
    ['that follows something else', { pcn: 9 }],
    ['without what it follows', { pcn: undefined }],
    ['of an unknown compression', { c: 7 }],
    ['that cannot be read', { c: 1 }],
    ['that is no definition', { d: plain('{"name":5}') }],
    ['that is null', { d: plain('null') }],
    ['that is no JSON', { d: plain('{') }],
    ['that is empty', { d: '' }],
    ['whose compression is not a number', { c: '0' }],
  ])('%s is fetched instead', async (_, more) => {
    const { update, definitions, fetched } = open()
    await update('flags', { changeNumber: 12, pcn: 10, c: 0, d: plain(JSON.stringify(flag('a', 12))), ...more })
    expect(definitions.changeNumbers().flags).toBe(10)
    expect(fetched).toEqual([NO_CACHE])
  })

  it('while an older announcement is still waited for, is made as soon as it follows', async () => {
    const { update, definitions, fetched, clock } = open()
    await update('flags', { changeNumber: 12 })
    definitions.apply(splitChanges(12, [flag('a', 12)], 5))
    await update('flags', { changeNumber: 14, pcn: 12, c: 0, d: plain(JSON.stringify(flag('a', 14))) })
    expect(definitions.changeNumbers().flags).toBe(14)
    await clock.advance(60_000)
    expect(fetched.length).toBeLessThanOrEqual(2)
  })
})

describe('an announcement', () => {
  it('is fetched past the browser’s cache, until it is here', async () => {
    const { update, fetched, service, clock } = open()
    await update('flags', { changeNumber: 12 })
    expect(fetched).toEqual([NO_CACHE])
    service.answer = splitChanges(12, [], 5)
    await clock.advance(600_000)
    expect(fetched).toEqual([NO_CACHE, [10, { noCache: true }]])
  })

  it('that never comes is asked for past the CDN by its number, and then given up', async () => {
    const { update, fetched, clock } = open()
    await update('ruleBasedSegments', { changeNumber: 77 })
    await clock.advance(3_600_000)
    expect(fetched.length).toBe(20)
    expect(fetched.slice(0, 10).every(([, options]) => options.till === undefined)).toBe(true)
    expect(fetched.slice(10).every(([, options]) => options.till === 77)).toBe(true)
  })

  it.each([10, 9])('of number %j asks nothing', async (changeNumber) => {
    const { update, fetched } = open()
    await update('flags', { changeNumber })
    expect(fetched).toEqual([])
  })

  it('cancelled is not asked for again', async () => {
    const { update, fetched, cancel, clock } = open()
    await update('flags', { changeNumber: 12 })
    cancel()
    await clock.advance(600_000)
    expect(fetched).toEqual([NO_CACHE])
    expect(clock.pending()).toBe(0)
  })
})

describe('a kill', () => {
  it('is made at once, not confirmed, and its definition is fetched', async () => {
    const { kill, definitions, fetched, change } = open()
    await kill({ splitName: 'a', defaultTreatment: 'stop', changeNumber: 20 })
    expect(definitions.raw('a')).toMatchObject({ killed: true, defaultTreatment: 'stop', changeNumber: 20 })
    expect(definitions.changeNumbers().flags).toBe(10)
    expect(change.mock.calls.map(([, isConfirmed]) => isConfirmed)).toEqual([false])
    expect(fetched).toEqual([NO_CACHE])
  })

  it('of an unknown flag changes nothing, and is fetched', async () => {
    const { kill, change, fetched } = open()
    await kill({ splitName: 'unknown', defaultTreatment: 'stop', changeNumber: 20 })
    expect(change).not.toHaveBeenCalled()
    expect(fetched).toEqual([NO_CACHE])
  })

  it.each([10, 9])('that is old (%j) is nothing', async (changeNumber) => {
    const { kill, change, fetched } = open()
    await kill({ splitName: 'a', defaultTreatment: 'stop', changeNumber })
    expect([change.mock.calls, fetched]).toEqual([[], []])
  })
})
