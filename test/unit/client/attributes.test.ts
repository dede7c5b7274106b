import { describe, expect, it } from 'vitest'
import { areAttributesValid, isAttributeValid, mergeAttributes } from '../../../src/client/attributes'
import type { Attributes } from '../../../src/evaluation/types'

describe('areAttributesValid', () => {
  it('takes none, and plain objects', () => {
    for (const attributes of [undefined, null, {}, { a: Symbol('s') }, { constructor: 'x' }]) {
      expect(areAttributesValid(attributes)).toBe(true)
    }
  })

  it('takes nothing else', () => {
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    for (const attributes of [
      [],
      '',
      'x',
      0,
      5,
      false,
      true,
      () => 0,
      new Date(),
      new Map(),
      Object.create(null),
      revoked.proxy,
    ]) {
      expect(areAttributesValid(attributes)).toBe(false)
    }
  })
})

describe('isAttributeValid', () => {
  it('takes texts, finite numbers, booleans and arrays', () => {
    for (const value of ['x', '', 0, -1.5, true, false, [], [1, 'a']])
      expect(isAttributeValid('name', value)).toBe(true)
  })

  it('takes nothing else', () => {
    for (const value of [undefined, null, NaN, Infinity, {}, new Date(), () => 0, 5n])
      expect(isAttributeValid('name', value)).toBe(false)
  })

  it('needs a name', () => {
    for (const name of ['', undefined, 5, null]) expect(isAttributeValid(name, 'x')).toBe(false)
  })
})

describe('mergeAttributes', () => {
  it('lets the call win, and copies nothing where none are bound', () => {
    const call = { a: 1 }
    expect(mergeAttributes(undefined, call)).toBe(call)
    expect(mergeAttributes(undefined, null)).toBeUndefined()
    expect(mergeAttributes({ a: 2, b: 3 }, call)).toEqual({ a: 1, b: 3 })
    expect(mergeAttributes({ a: 2 }, { a: undefined })).toEqual({ a: undefined })
    expect(mergeAttributes({ a: 2 }, undefined)).toEqual({ a: 2 })
  })

  it('survives an attribute that throws when it is looked at', () => {
    const throwing = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    }) as Attributes
    expect(mergeAttributes({ b: 1 }, throwing)).toBe(throwing)
  })
})
