import { describe, expect, it } from 'vitest'
import { validateKey } from '../../../src/shared/validateKey'

describe('validateKey', () => {
  it.each([
    ['a', 'a'],
    [' a\u00a0\ufeff', 'a'],
    [5, '5'],
    [12.5, '12.5'],
    [-0, '-0'],
    [1e21, '1e+21'],
    [new Number(7), '7'],
    [new String(' a '), 'a'],
    ['k'.repeat(250), 'k'.repeat(250)],
  ])('%o is %j', (key, matchingKey) => {
    expect(validateKey(key)).toEqual({ matchingKey, bucketingKey: undefined })
    expect(validateKey({ matchingKey: key, bucketingKey: 'b' })).toEqual({ matchingKey, bucketingKey: 'b' })
    expect(validateKey({ matchingKey: 'm', bucketingKey: key })).toEqual({
      matchingKey: 'm',
      bucketingKey: matchingKey,
    })
  })

  it.each([
    undefined, null, '', '  ', 'k'.repeat(251), NaN, Infinity, -Infinity, new Number(NaN), true, [], ['a'], {}, () => 'a', new Date(),
    Symbol('s'), 5n, new Map(), Object.create(null),
  ])('%o is no key', (key) => {
    expect(validateKey(key)).toBeUndefined()
    expect(validateKey({ matchingKey: key, bucketingKey: 'b' })).toBeUndefined()
    expect(validateKey({ matchingKey: 'm', bucketingKey: key })).toBeUndefined()
  }) // prettier-ignore

  it('takes what belongs to a key only', () => {
    expect(validateKey({ matchingKey: 'm', bucketingKey: 'b', more: 1 })).toEqual({
      matchingKey: 'm',
      bucketingKey: 'b',
    })
    expect(validateKey({ matchingKey: 'm' })).toBeUndefined()
  })

  it('survives what throws when it is looked at', () => {
    const refuse = () => {
      throw new Error('no')
    }
    const getter = Object.defineProperty({}, 'matchingKey', { get: refuse, enumerable: true })
    for (const hostile of [getter, new Proxy({}, { getPrototypeOf: refuse })])
      expect(validateKey(hostile)).toBeUndefined()
  })
})
