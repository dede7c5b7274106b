import { describe, expect, it } from 'vitest'
import { mergeAttributes } from '../../../src/client/attributes'
import type { Attributes } from '../../../src/evaluation/types'

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
