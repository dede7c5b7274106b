import { expect, it } from 'vitest'
import { toText } from '../../../../src/evaluation/matchers/toText'
import { subjectOf } from '../ask'

it.each([
  ['a', 'a'],
  [' A ', ' A '],
  ['', undefined],
  [undefined, undefined],
  [null, undefined],
  [0, '0'],
  [-0, '-0'],
  [-5, '-5'],
  [1e21, '1e+21'],
  [NaN, 'NaN'],
  [true, 'true'],
  [false, 'false'],
  [10n, '10'],
  [0n, '0'],
  [new Number(-0), '-0'],
  [new String('x'), 'x'],
  [new String(''), undefined],
  [['a', 'b'], 'a,b'],
  [[1, 'a'], ',a'],
  [[new String('a'), 'b'], 'a,b'],
  [[1, 2], ','],
  [[5], undefined],
  [[], undefined],
  [{}, undefined],
  [{ matchingKey: 'k' }, 'k'],
  [{ matchingKey: 5 }, '5'],
  [{ matchingKey: { matchingKey: 'deep' } }, '[object Object]'],
  [{ matchingKey: '' }, undefined],
])('%o is %o', (value, text) => {
  expect(toText(value)).toBe(text)
})

it('reads a subject as its matching key', () => {
  expect(toText(subjectOf('user-1'))).toBe('user-1')
})

it('reads dates and functions as the language does', () => {
  const date = new Date(0)
  expect(toText(date)).toBe(String(date))
  expect(toText(Object.assign(() => 0, { toString: () => 'fn' }))).toBe('fn')
})

it('throws for what has no text', () => {
  expect(() => toText(Symbol('s'))).toThrow(TypeError)
  expect(() => toText(Object.create(null))).toThrow(TypeError)
})
