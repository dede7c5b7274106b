import { expect, it, vi } from 'vitest'
import { validateProperties as validate } from '../../../src/client/properties'

const once = vi.fn()
const validateProperties = (properties: unknown) => validate(properties, { once })

it('takes texts, finite numbers, booleans and null; other values become null', () => {
  const properties = {
    a: 'x',
    b: 1,
    c: true,
    d: null,
    e: undefined,
    f: {},
    g: NaN,
    h: () => 0,
    i: [1],
    j: 5n,
    k: false,
  }
  expect(validateProperties(properties)).toEqual({
    a: 'x', b: 1, c: true, d: null, e: null, f: null, g: null, h: null, i: null, j: null, k: false,
  }) // prettier-ignore
})

it('says once what it made null, and nothing of what may be null', () => {
  once.mockClear()
  validateProperties({ a: null, b: 'x' })
  expect(once).not.toHaveBeenCalled()
  validateProperties({ a: new Date(0) })
  expect(once).toHaveBeenCalledExactlyOnceWith('warn', 'property', 'property sent as null', 'a')
})

it('is none where there are none', () => {
  expect(validateProperties({})).toEqual({})
  for (const properties of [undefined, null, [], 'x', 5, new Date(), Object.create(null)]) {
    expect(validateProperties(properties)).toBeUndefined()
  }
})

it('takes at most 32 KiB, as estimated', () => {
  const room = 32 * 1024 - 1024
  const text = (length: number) => 'x'.repeat(length)
  expect(validateProperties({ a: text(room / 2 - 1) })).toBeDefined()
  expect(validateProperties({ a: text(room / 2) })).toBeUndefined()
  expect(validateProperties({ a: text(room / 2 - 6), b: 1 })).toBeDefined()
  expect(validateProperties({ a: text(room / 2 - 5), b: 1 })).toBeUndefined()
  expect(validateProperties({ a: text(room / 2 - 4), b: true })).toBeDefined()
  expect(validateProperties({ a: text(room / 2 - 3), b: true })).toBeUndefined()
  expect(validateProperties({ a: text(room / 2 - 2), b: null })).toBeDefined()
  expect(validateProperties({ [text(room / 2)]: null })).toBeDefined()
  expect(validateProperties({ [text(room / 2 + 1)]: null })).toBeUndefined()
})

it('changes no prototype', () => {
  const valid = validateProperties(JSON.parse('{"__proto__":"x"}'))
  expect(Object.getPrototypeOf(valid)).toBe(Object.prototype)
  expect(JSON.stringify(valid)).toBe('{"__proto__":"x"}')
})

it('survives what throws when it is looked at', () => {
  const refuse = () => {
    throw new Error('no')
  }
  const getter = Object.defineProperty({}, 'matchingKey', { get: refuse, enumerable: true })
  for (const hostile of [getter, new Proxy({}, { getPrototypeOf: refuse })])
    expect(validateProperties(hostile)).toBeUndefined()
})
