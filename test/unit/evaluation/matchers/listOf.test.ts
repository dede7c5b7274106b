import { expect, it } from 'vitest'
import { FAULT, listOf } from '../../../../src/evaluation/matchers/listOf'

it('is the list itself', () => {
  const list = [1]
  expect(listOf(list)).toBe(list)
})

it('throws for anything else', () => {
  for (const value of [undefined, null, 'abc', 5, {}, { length: 1 }, false]) expect(() => listOf(value)).toThrow(FAULT)
})

it('throws what a matcher answers with false: only a full stack is thrown further', () => {
  expect(FAULT).not.toBeInstanceOf(RangeError)
})
