import { expect, it } from 'vitest'
import { toNumber } from '../../../src/evaluation/toNumber'
import { subjectOf } from './ask'

it.each([
  [5, 5],
  [-Infinity, -Infinity],
  [NaN, undefined],
  [null, 0],
  ['', 0],
  ['  ', 0],
  [true, 1],
  [[], 0],
  [['5'], 5],
  [[1, 2], undefined],
  [' 12 ', 12],
  ['1e3', 1000],
  ['0x10', 16],
  ['12abc', undefined],
  ['1_000', undefined],
  ['2016-03-17', undefined],
  [undefined, undefined],
  [{}, undefined],
  [{ matchingKey: '5' }, undefined],
  [{ valueOf: () => 5 }, 5],
  [new Date(7), 7],
  [new Date(NaN), undefined],
])('%o is %o', (value, number) => {
  expect(toNumber(value)).toBe(number)
})

it('never reads a key', () => {
  expect(toNumber(subjectOf('5'))).toBeUndefined()
})

it('throws for what the language does not convert', () => {
  for (const value of [1n, Symbol('s'), Object.create(null)]) expect(() => toNumber(value)).toThrow(TypeError)
})
