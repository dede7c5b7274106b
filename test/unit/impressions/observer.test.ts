import { describe, expect, it } from 'vitest'
import { createObserver } from '../../../src/impressions/observer'
import type { Evaluation } from '../../../src/evaluation/types'

const evaluation = (over: Partial<Evaluation> = {}): Evaluation => ({
  flag: 'f',
  treatment: 'on',
  label: 'l',
  config: null,
  changeNumber: 1,
  trafficType: undefined,
  impressionsDisabled: false,
  ...over,
})

describe('observer', () => {
  it('knows the same outcome again, by identity and by content', () => {
    const observer = createObserver()
    const one = evaluation()
    const lastSeen = observer.lastSeen('k', one)
    expect(lastSeen.time).toBe(-1)
    expect(observer.lastSeen('k', one)).toBe(lastSeen)
    expect(observer.lastSeen('k', evaluation({ config: 'a definition compiled again' }))).toBe(lastSeen)
  })

  it.each([
    ['key', 'other', evaluation()],
    ['flag', 'k', evaluation({ flag: 'g' })],
    ['treatment', 'k', evaluation({ treatment: 'off' })],
    ['label', 'k', evaluation({ label: 'm' })],
    ['version', 'k', evaluation({ changeNumber: 2 })],
    ['absence of a version', 'k', evaluation({ changeNumber: undefined })],
  ])('tells another %s apart', (_what, key, other) => {
    const observer = createObserver()
    expect(observer.lastSeen(key, other)).not.toBe(observer.lastSeen('k', evaluation()))
  })

  it('forgets all when it is told to', () => {
    const observer = createObserver()
    const both = [evaluation(), evaluation({ changeNumber: undefined })]
    const look = () => both.map((one) => observer.lastSeen('k', one))
    for (const lastSeen of look()) lastSeen.time = 1
    observer.forget()
    expect(look().map(({ time }) => time)).toEqual([-1, -1])
  })

  it('is not confused by separators in names', () => {
    const observer = createObserver()
    const a = observer.lastSeen('k', evaluation({ flag: 'a","b', treatment: 'c' }))
    expect(observer.lastSeen('k', evaluation({ flag: 'a', treatment: 'b","c' }))).not.toBe(a)
    const unknown = observer.lastSeen('c', evaluation({ flag: 'a\0b', changeNumber: undefined }))
    expect(observer.lastSeen('b\0c', evaluation({ flag: 'a', changeNumber: undefined }))).not.toBe(unknown)
  })

  it('remembers 5,000 flags and more', () => {
    const observer = createObserver()
    const flags = Array.from({ length: 6000 }, (_, n) => evaluation({ flag: `f${n}` }))
    const first = flags.map((flag) => observer.lastSeen('k', flag))
    expect(flags.every((flag, n) => observer.lastSeen('k', { ...flag }) === first[n])).toBe(true)
  })

  it('keeps at most 10,000 unknown names, which never drive out known flags', () => {
    const observer = createObserver()
    const known = observer.lastSeen('k', evaluation())
    const unknown = (n: number) => evaluation({ flag: `u${n}`, treatment: 'control', changeNumber: undefined })
    const first = observer.lastSeen('k', unknown(0))
    const second = observer.lastSeen('k', unknown(1))
    for (let n = 2; n < 10_001; n++) observer.lastSeen('k', unknown(n))
    expect(observer.lastSeen('k', unknown(1))).toBe(second)
    expect(observer.lastSeen('k', unknown(0))).not.toBe(first)
    expect(observer.lastSeen('k', evaluation())).toBe(known)
  })

  it('keeps at most 50 outcomes of a flag, the latest ones', () => {
    const observer = createObserver()
    const outcomes = Array.from({ length: 51 }, (_, n) => evaluation({ changeNumber: n }))
    const all = outcomes.map((outcome) => observer.lastSeen('k', outcome))
    expect(outcomes.slice(1).every((outcome, n) => observer.lastSeen('k', { ...outcome }) === all[n + 1])).toBe(true)
    expect(observer.lastSeen('k', evaluation({ changeNumber: 0 }))).not.toBe(all[0])
  })

  it('keeps at most 1,000 keys', () => {
    const observer = createObserver()
    const first = observer.lastSeen('k0', evaluation())
    const second = observer.lastSeen('k1', evaluation())
    for (let n = 2; n <= 1000; n++) observer.lastSeen(`k${n}`, evaluation())
    expect(observer.lastSeen('k1', evaluation())).toBe(second)
    expect(observer.lastSeen('k0', evaluation())).not.toBe(first)
  })
})
