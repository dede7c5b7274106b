import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/parseConfig'

describe('parseConfig', () => {
  it('parses what the client hands over as text', () => {
    expect(parseConfig('{"color":"red"}')).toEqual({ color: 'red' })
    expect(parseConfig('[1,"a"]')).toEqual([1, 'a'])
    expect(parseConfig('0')).toBe(0)
  })

  it('is null where there is none, or no JSON', () => {
    for (const text of [null, 'null', '', 'color: red', '{"color":']) expect(parseConfig(text), `${text}`).toBeNull()
    expect(parseConfig(undefined as unknown as null)).toBeNull()
  })

  it('is null for what the application does not accept', () => {
    const isColor = (value: unknown) => typeof (value as { color?: unknown }).color === 'string'
    expect(parseConfig('{"color":"red"}', isColor)).toEqual({ color: 'red' })
    expect(parseConfig('{"color":5}', isColor)).toBeNull()
    // This check throws, because null has no members.
    expect(parseConfig('null', isColor)).toBeNull()
  })
})
