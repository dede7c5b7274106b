import { describe, expect, it } from 'vitest'
import { typeOfValues } from '../../../src/cli/typeOfValues'

const typeOf = (...values: unknown[]) => typeOfValues(values, '').replace(/\s+/g, ' ')

describe('typeOfValues', () => {
  it.each([
    [['a', 'b'], 'string'],
    [[1, 'a', true, null], 'boolean | number | string | null'],
    [[{ color: 'red' }], '{ color: string }'],
    [[{ b: 1, a: 'x' }, { a: 'y' }], '{ a: string b?: number }'],
    [[{ a: 1 }, { a: 'x' }], '{ a: number | string }'],
    [[{ a: null }, { a: { b: 1 } }], '{ a: { b: number } | null }'],
    [[{ 'font-size': 1, it$: 2, '2x': 3 }], "{ '2x': number 'font-size': number it$: number }"],
    [[{}], 'Record<string, never>'],
    [[{}, { a: 1 }], '{ a?: number }'],
    [[[]], 'Array<unknown>'],
    [[[1, 2], ['a']], 'Array<number | string>'],
    [[[{ a: 1 }, { b: 2 }]], 'Array<{ a?: number b?: number }>'],
    [[[1], { a: 1 }, null], '{ a: number } | Array<number> | null'],
    [[JSON.parse('{"__proto__":1,"constructor":2}')], '{ __proto__: number constructor: number }'],
    [[], 'unknown'],
  ])('%j: %s', (values, expected) => {
    expect(typeOf(...values)).toBe(expected)
  })

  it('does not follow a text that is nested without end', () => {
    const text = '['.repeat(50_000) + ']'.repeat(50_000)
    expect(typeOf(JSON.parse(text))).toBe('Array<'.repeat(17) + 'unknown' + '>'.repeat(17))
  })

  it('puts every member on a line of its own', () => {
    expect(typeOfValues([{ a: { b: 1 } }], '  ')).toBe('{\n    a: {\n      b: number\n    }\n  }')
  })
})
