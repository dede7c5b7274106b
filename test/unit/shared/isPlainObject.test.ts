import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { isPlainObject } from '../../../src/shared/isPlainObject'

it('is a literal or JSON, of any realm', () => {
  expect(isPlainObject({})).toBe(true)
  expect(isPlainObject({ constructor: 'mine' })).toBe(true)
  expect(isPlainObject(Object.create({}))).toBe(true)
  expect(isPlainObject(runInNewContext('({ a: 1 })'))).toBe(true)
})

it('is nothing else', () => {
  const others = [null, undefined, 5, 'x', true, [], new Date(), new Map(), new String('x'), () => 0, Symbol('s')]
  for (const value of [...others, Object.create(null), new (class Mine {})()]) expect(isPlainObject(value)).toBe(false)
  expect(isPlainObject(Object.create(Object.create(null) as object))).toBe(false)
})
