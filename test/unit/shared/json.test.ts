import { afterEach, describe, expect, it } from 'vitest'
import { stringify } from '../../../src/shared/json'

const value = { list: [1, ['two', { three: null }]], text: 'a "b"', at: new Date(0), none: undefined }
const text = '{"list":[1,["two",{"three":null}]],"text":"a \\"b\\"","at":"1970-01-01T00:00:00.000Z"}'

afterEach(() => {
  for (const { prototype } of [Object, Array]) delete (prototype as { toJSON?: unknown }).toJSON
})

describe('stringify', () => {
  it('makes JSON', () => {
    expect(stringify(value)).toBe(text)
    expect(JSON.stringify(value)).toBe(text)
  })

  it.each([
    ['lists', [Array]],
    ['objects', [Object]],
    ['both', [Array, Object]],
  ])('is not misled by a page that gives all %s a toJSON', (_which, owners) => {
    for (const { prototype } of owners) Object.assign(prototype, { toJSON: () => 'something else' })
    expect(JSON.stringify(value)).not.toBe(text)
    expect(stringify(value)).toBe(text)
    expect(stringify([[]])).toBe('[[]]')
    expect(stringify('text')).toBe('"text"')
  })
})
