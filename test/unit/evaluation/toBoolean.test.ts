import { expect, it } from 'vitest'
import { toBoolean } from '../../../src/evaluation/toBoolean'

it.each([
  [true, true],
  [false, false],
  ['true', true],
  ['TRUE', true],
  ['False', false],
  [' true', undefined],
  ['yes', undefined],
  ['', undefined],
  [1, undefined],
  [0, undefined],
  [null, undefined],
  [undefined, undefined],
  [[true], undefined],
  [{}, undefined],
  [new Date(0), undefined],
])('%o is %o', (value, expected) => {
  expect(toBoolean(value)).toBe(expected)
})

it('fails for an object without prototype', () => {
  expect(() => toBoolean(Object.create(null))).toThrow('broken definition')
})
