import { beforeEach, describe, expect, it, vi } from 'vitest'
import { validateFlagName } from '../../../src/client/validation'
import { createOverrides } from '../../../src/late/overrides'
import type { Tab } from '../../../src/browser/tab'

const log = {
  debug: vi.fn(),
  info: vi.fn(),
  warn: vi.fn(),
  error: vi.fn(),
  once: vi.fn(),
  recovered: vi.fn(),
  mistake: vi.fn(),
  speak: vi.fn(),
  onWaiting: vi.fn(),
}
const onChange = vi.fn()
let stored: Record<string, string>
const tabOf = (link: string | null = null): Tab => ({
  parameter: (name) => (name === 'pennon' ? link : null),
  read: (name) => stored[name] ?? null,
  write: (name, text) => void (stored[name] = text),
})
const open = (link?: string, isKept = true) =>
  createOverrides({ validateFlagName, tab: tabOf(link), isKept, onChange, log })

beforeEach(() => {
  stored = {}
  vi.clearAllMocks()
})

describe('from code', () => {
  it('are set, read, taken back, and each change is told', () => {
    const overrides = open()
    expect(overrides.all()).toEqual({})
    expect(overrides.set('a', 'on')).toBe(true)
    expect(overrides.set(' b ', { treatment: 'off', config: '{}' })).toBe(true)
    expect(overrides.get('a')).toEqual({ treatment: 'on' })
    expect(overrides.get('b')).toEqual({ treatment: 'off', config: '{}' })
    expect(overrides.get('c')).toBeUndefined()
    expect(overrides.clear('a')).toBe(true)
    expect(overrides.clear('a')).toBe(false)
    expect(overrides.all()).toEqual({ b: { treatment: 'off', config: '{}' } })
    overrides.set('a', 'x1')
    expect(overrides.clear()).toBe(true)
    expect(overrides.clear()).toBe(false)
    expect(overrides.all()).toEqual({})
    expect(onChange.mock.calls).toEqual([[['a']], [['b']], [['a']], [['a']], [['b', 'a']]])
  })

  it.each([
    ['no flag', '', 'on'],
    ['a flag that is no text', 5, 'on'],
    ['no treatment', 'a', ''],
    ['markup', 'a', '<b>'],
    ['a treatment that is no text', 'a', true],
    ['nothing', 'a', undefined],
    ['a configuration that is no text', 'a', { treatment: 'on', config: {} }],
  ])('refuses %s with one line', (_what, flag, treatment) => {
    const overrides = open()
    expect(overrides.set(flag as string, treatment as string)).toBe(false)
    expect(overrides.all()).toEqual({})
    expect(onChange).not.toHaveBeenCalled()
    expect(log.warn.mock.calls).toEqual([['override ignored', flag]])
  })

  it('are copies: who changes what it got changes nothing', () => {
    const overrides = open()
    overrides.set('a', 'on')
    delete overrides.all()['a']
    expect(overrides.get('a')).toEqual({ treatment: 'on' })
  })
})

describe('kept in the tab', () => {
  it('are there on the next page', () => {
    const overrides = open()
    overrides.set('a', 'on')
    overrides.set('b', { treatment: 'off', config: null })
    expect(open().all()).toEqual({ a: { treatment: 'on' }, b: { treatment: 'off', config: null } })
    overrides.clear('a')
    expect(open().all()).toEqual({ b: { treatment: 'off', config: null } })
    overrides.clear()
    expect(open().all()).toEqual({})
  })

  it('are not, where nothing may be stored', () => {
    open(undefined, false).set('a', 'on')
    expect(stored).toEqual({})
    stored = { 'pennon-overrides': '{"a":"on"}' }
    expect(open(undefined, false).all()).toEqual({})
  })

  it.each(['', '{', 'null', '5', '[]', '[1]', '{"a":1}', '{"a":{"treatment":{}}}'])('survive %s', (text) => {
    stored = { 'pennon-overrides': text }
    const overrides = open()
    expect(overrides.all()).toEqual({})
    expect(overrides.set('b', 'on')).toBe(true)
  })

  it('take what is good of what is stored, own members only', () => {
    stored = { 'pennon-overrides': '{"a":5,"b":{"treatment":"on"},"__proto__":{"treatment":"x"}}' }
    const overrides = open()
    expect(overrides.get('b')).toEqual({ treatment: 'on' })
    expect(overrides.get('__proto__')).toEqual({ treatment: 'x' })
    expect(overrides.get('toString')).toBeUndefined()
  })
})

describe('from a link', () => {
  it('come over those of the tab, and are kept', () => {
    stored = { 'pennon-overrides': '{"a":{"treatment":"off"},"b":{"treatment":"off"}}' }
    expect(open('a:on,c:v1.2').all()).toEqual({
      a: { treatment: 'on' },
      b: { treatment: 'off' },
      c: { treatment: 'v1.2' },
    })
  })

  it('are cleared by an empty one', () => {
    stored = { 'pennon-overrides': '{"a":{"treatment":"off"}}' }
    expect(open('').all()).toEqual({})
    expect(open().all()).toEqual({})
  })

  it.each(['a', 'ab', 'a:', ':on', ',', 'a:<script>', 'a:b:c'])('pass over %s with a line', (link) => {
    const overrides = open(`${link},good:on`)
    expect(overrides.all()).toEqual({ good: { treatment: 'on' } })
    expect(log.warn).toHaveBeenCalled()
  })

  it('tell of no change: nobody has asked yet', () => {
    open('a:on')
    expect(onChange).not.toHaveBeenCalled()
  })
})
