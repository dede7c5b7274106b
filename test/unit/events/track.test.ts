import { beforeEach, describe, expect, it, vi } from 'vitest'
import { validateProperties } from '../../../src/client/validation'
import { createTrack } from '../../../src/events/track'
import { speak } from '../../../src/shared/texts'

const queue = vi.fn()
const warn = vi.fn()
const once = vi.fn()
// Log lines are compared with their texts, as a reader sees them.
const log = {
  debug: vi.fn(),
  info: vi.fn(),
  warn: (line: string, ...about: unknown[]) => warn(speak(line, about)),
  error: vi.fn(),
  once: (level: string, fault: string, line: string, ...about: unknown[]) => once(level, fault, speak(line, about)),
  recovered: vi.fn(),
  mistake: vi.fn(),
  speak: vi.fn(),
  onWaiting: vi.fn(),
}
const consent = { isDeclined: false }
const create = (trafficType?: string) =>
  createTrack({
    trafficType,
    now: () => 1_700_000_000_000,
    consent,
    hasTrafficType: (name) => name === 'user',
    validateProperties: (properties) => validateProperties(properties, log),
    sink: { add: (kind, item, bytes) => queue(kind, item, bytes) },
    log,
  })
const track = create()
const item = (over: object = {}) => ({
  eventTypeId: 'e',
  trafficTypeName: 'user',
  timestamp: 1_700_000_000_000,
  key: 'k',
  properties: null,
  ...over,
})

beforeEach(() => {
  consent.isDeclined = false
  vi.clearAllMocks()
})

describe('what is recorded', () => {
  it.each([
    ['a name alone', {}, item()],
    ['a value', { value: 12.5 }, item({ value: 12.5 })],
    ['a value of 0', { value: 0 }, item({ value: 0 })],
    ['null for a value', { value: null }, item({ value: null })],
    ['a boxed value', { value: Object(5) as number }, item({ value: 5 })],
    ['no value', { value: undefined }, item()],
    ['properties', { properties: { a: 'x', b: [1] } }, item({ properties: { a: 'x', b: null } })],
    ['empty properties', { properties: {} }, item({ properties: {} })],
    ['null for properties', { properties: null }, item()],
  ])('%s', (_what, options, expected) => {
    expect(track('k', 'e', { trafficType: 'user', ...options })).toBe(true)
    expect(queue).toHaveBeenCalledExactlyOnceWith('events', expected, JSON.stringify(expected).length)
    expect(warn).not.toHaveBeenCalled()
  })

  it('is of the traffic type of the call, else of the client, in lower case', () => {
    const ofUsers = create('User')
    ofUsers('k', 'e')
    ofUsers('k', 'e', null)
    ofUsers('k', 'e', { trafficType: 'Account' })
    expect(queue.mock.calls.map(([, { trafficTypeName }]) => trafficTypeName)).toEqual(['user', 'user', 'account'])
  })

  it.each(['a', '1', 'a-b_c.d:e', 'x'.repeat(80)])('the name %s', (name) => {
    expect(track('k', name, { trafficType: 'user' })).toBe(true)
  })
})

describe('what is refused, with one line that says why', () => {
  const NAME = 'its name must be 1 to 80 letters, digits and -_.: and begin with a letter or digit'
  it.each([
    ['no name', undefined, {}, NAME],
    ['an empty name', '', {}, NAME],
    ['a number for a name', 5, {}, NAME],
    ['a name with a space', 'a b', {}, NAME],
    ['a name that begins with a dash', '-a', {}, NAME],
    ['a name of another script', 'año', {}, NAME],
    ['a name with a line break', 'a\n', {}, NAME],
    ['a name that is too long', 'x'.repeat(81), {}, NAME],
    ['the traffic type first', 'user', 'purchase', 'its options must be a plain object'],
    ['no traffic type', 'e', { trafficType: undefined }, 'it has no traffic type'],
    ['an empty traffic type', 'e', { trafficType: '' }, 'it has no traffic type'],
    ['a number for a traffic type', 'e', { trafficType: 5 }, 'it has no traffic type'],
    ['a text for a value', 'e', { value: '5' }, 'its value must be a finite number'],
    ['NaN for a value', 'e', { value: NaN }, 'its value must be a finite number'],
    ['true for a value', 'e', { value: true }, 'its value must be a finite number'],
    ['a list of properties', 'e', { properties: [1] }, 'its properties must be a plain object of at most 32 KiB'],
    ['a text for properties', 'e', { properties: '' }, 'its properties must be a plain object of at most 32 KiB'],
    // The service counts 1,024 bytes for the event, and 2 a character.
    [
      'a byte too many',
      'e',
      { properties: { big: 'x'.repeat(15_870) } },
      'its properties must be a plain object of at most 32 KiB',
    ],
  ])('%s', (_what, event, options, why) => {
    const given = typeof options === 'object' ? { trafficType: 'user', ...options } : options
    expect(track('k', event, given)).toBe(false)
    expect(queue).not.toHaveBeenCalled()
    expect(warn.mock.calls).toEqual([[`an event was not recorded: ${why}`]])
  })

  it('options that throw when they are looked at', () => {
    const refuse = () => {
      throw new Error('of the application')
    }
    expect(track('k', 'e', Object.defineProperty({}, 'value', { get: refuse }))).toBe(false)
    expect(warn.mock.calls).toEqual([['an event was not recorded: Error: of the application']])
  })

  it('everything after a decline, without a line', () => {
    consent.isDeclined = true
    expect(track('k', 'e', { trafficType: 'user' })).toBe(false)
    expect(queue).not.toHaveBeenCalled()
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('what is recorded and remarked', () => {
  it('as many properties as fit', () => {
    expect(track('k', 'e', { trafficType: 'user', properties: { big: 'x'.repeat(15_869) } })).toBe(true)
  })

  it('more properties than the service takes', () => {
    const properties = Object.fromEntries(Array.from({ length: 301 }, (_, n) => [`p${n}`, n]))
    expect(track('k', 'e', { trafficType: 'user', properties })).toBe(true)
    expect(queue).toHaveBeenCalledExactlyOnceWith('events', item({ properties }), expect.any(Number))
    expect(once.mock.calls).toEqual([['warn', 'properties', 'event e has more than 300 properties']])
  })

  it('a traffic type that no flag has', () => {
    expect(track('k', 'e', { trafficType: 'usr' })).toBe(true)
    expect(once.mock.calls).toEqual([['warn', 'trafficType usr', 'no flag has the traffic type usr of an event']])
  })
})
