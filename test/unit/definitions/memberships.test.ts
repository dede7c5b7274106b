import { describe, expect, it } from 'vitest'
import { createMemberships } from '../../../src/definitions/memberships'

const answer = (ms: string[], msNumber?: number, ls: string[] = [], lsNumber?: number) => ({
  ms: { k: ms.map((n) => ({ n })), ...(msNumber !== undefined && { cn: msNumber }) },
  ls: { k: ls.map((n) => ({ n })), ...(lsNumber !== undefined && { cn: lsNumber }) },
})

describe('memberships', () => {
  it('replaces both kinds by what was answered, in new sets', () => {
    const memberships = createMemberships('user')
    const before = memberships.segments
    expect(memberships.apply(answer(['a', 'b'], 10, ['l'], 20))).toBe(true)
    expect([...memberships.segments]).toEqual(['a', 'b'])
    expect([...memberships.largeSegments]).toEqual(['l'])
    expect(before.size).toBe(0)
    expect([memberships.changeNumber('ms'), memberships.changeNumber('ls')]).toEqual([10, 20])
    expect(memberships.apply(answer(['b'], 11, ['l'], 20))).toBe(true)
    expect([...memberships.segments]).toEqual(['b'])
  })

  it('keeps its sets when nothing changed, in whatever order it comes', () => {
    const memberships = createMemberships('user')
    memberships.apply(answer(['a', 'b']))
    const { segments } = memberships
    expect(memberships.apply(answer(['b', 'a'], 5))).toBe(false)
    expect(memberships.segments).toBe(segments)
    expect(memberships.changeNumber('ms')).toBe(5)
  })

  it('ignores an older answer, each kind for itself', () => {
    const memberships = createMemberships('user')
    memberships.apply(answer(['a'], 10, ['l'], 10))
    expect(memberships.apply(answer(['old'], 9, ['new'], 11))).toBe(true)
    expect([...memberships.segments]).toEqual(['a'])
    expect([...memberships.largeSegments]).toEqual(['new'])
    expect([memberships.changeNumber('ms'), memberships.changeNumber('ls')]).toEqual([10, 11])
  })

  it('takes an answer without a number, whose age cannot be told, and keeps the number', () => {
    const memberships = createMemberships('user')
    memberships.apply(answer(['a'], 10))
    expect(memberships.apply(answer(['b']))).toBe(true)
    expect(memberships.changeNumber('ms')).toBe(10)
  })

  it.each([-5, -Infinity, NaN, 0.5, '7', {}])(
    'takes one with %s for its number, as a disk may give back, in the same way',
    (cn) => {
      const memberships = createMemberships('user')
      expect(memberships.apply({ ms: { k: [{ n: 'a' }], cn }, ls: {} })).toBe(true)
      expect([...memberships.segments]).toEqual(['a'])
      expect(memberships.changeNumber('ms')).toBe(-1)
    },
  )

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { ms: null, ls: 3 },
    { ms: { k: 'x' } },
    { ms: { k: [null, 4, { n: 5 }] } },
  ])('reads %j as no memberships', (odd) => {
    const memberships = createMemberships('user')
    memberships.apply(answer(['a']))
    expect(memberships.apply(odd)).toBe(true)
    expect(memberships.segments.size).toBe(0)
  })

  it('adds and removes single segments, unless something newer is known', () => {
    const memberships = createMemberships('user')
    memberships.apply(answer(['a', 'b'], 10))
    expect(memberships.change('ms', 11, ['c'], ['a'])).toBe(true)
    expect([...memberships.segments]).toEqual(['b', 'c'])
    expect(memberships.change('ms', 11, ['d'], [])).toBe(false)
    expect(memberships.change('ms', 12, ['c'], ['x'])).toBe(false)
    expect(memberships.changeNumber('ms')).toBe(12)
    expect(memberships.change('ls', 1, ['l'], [])).toBe(true)
  })

  it('gives back what it can read again', () => {
    const memberships = createMemberships('user')
    expect(memberships.answer()).toEqual({ ms: { k: [] }, ls: { k: [] } })
    memberships.apply(answer(['a'], 10, ['l']))
    const again = createMemberships('user')
    again.apply(memberships.answer())
    expect(again.answer()).toEqual(memberships.answer())
    expect([...again.largeSegments]).toEqual(['l'])
  })
})
