import { expect, it } from 'vitest'
import { listOf } from '../../../src/evaluation/listOf'

it('is the list itself', () => {
  const list = [1]
  expect(listOf(list)).toBe(list)
})

it('takes the place of an absent one where that is allowed', () => {
  expect(listOf(undefined, [])).toEqual([])
  expect(listOf(null, [1])).toEqual([1])
  expect(() => listOf(undefined)).toThrow('broken definition')
  expect(() => listOf(null)).toThrow('broken definition')
})

it('throws for anything else', () => {
  for (const value of ['abc', 5, {}, { length: 1 }, false]) expect(() => listOf(value, [])).toThrow('broken definition')
})
