import { expect, it } from 'vitest'
import { toSet } from '../../../../src/evaluation/matchers/setMatcher'

it('has the distinct texts of an array', () => {
  expect([...toSet(['a', 1, null, undefined, ['a', 'b'], {}, 'a', '1'])!]).toEqual([
    'a', '1', 'null', 'undefined', 'a,b', '[object Object]',
  ]) // prettier-ignore
  expect([...toSet([''])!]).toEqual([''])
})

it('is none of anything else', () => {
  for (const value of ['a', '', [], undefined, null, {}, new Set(['a']), { length: 1 }])
    expect(toSet(value)).toBeUndefined()
})

it('throws for an element that has no text', () => {
  expect(() => toSet([Symbol('s')])).toThrow(TypeError)
})
