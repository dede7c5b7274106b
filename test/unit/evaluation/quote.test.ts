import { expect, it } from 'vitest'
import { quote } from '../../../src/evaluation/quote'

it('shows lists and values', () => {
  expect(quote(['a', 'b"'])).toBe('["a","b\\""]')
  expect(quote('a')).toBe('a')
  expect(quote(10)).toBe('10')
  expect(quote([])).toBe('[]')
  expect(quote(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
})

it('cuts what is long', () => {
  expect(quote(['1', '2', '3', '4', '5'])).toBe('["1","2","3","4","5"]')
  expect(quote(['1', '2', '3', '4', '5', '6'])).toBe('["1","2","3","4","5"] and 1 more')
  expect(quote('x'.repeat(50))).toBe('x'.repeat(50))
  expect(quote('x'.repeat(51))).toBe('x'.repeat(50) + '…')
  expect(quote(['x'.repeat(51)])).toBe(`["${'x'.repeat(50)}…"]`)
})

it('shows what has no text by its type', () => {
  expect(quote({ toString: 1, valueOf: 1 })).toBe('object')
  expect(quote(new Date(NaN))).toBe('object')
})
