import fc from 'fast-check'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { literal } from '../../../src/cli/literal'

/** The text that the compiler reads, when the source is one literal and nothing else. */
function read(source: string): string | undefined {
  const file = ts.createSourceFile('a.ts', `${source}\n`, ts.ScriptTarget.ES2022)
  const [statement] = file.statements
  if (file.statements.length !== 1 || !statement || !ts.isExpressionStatement(statement)) return undefined
  return ts.isStringLiteral(statement.expression) ? statement.expression.text : undefined
}

describe('literal', () => {
  it.each([
    ['checkout', `'checkout'`],
    ["it's", String.raw`'it\'s'`],
    ['a\\', String.raw`'a\\'`],
    ['a\nb\u2028c\0', String.raw`'a\u000ab\u2028c\u0000'`],
    ['größe 大 😀', `'größe 大 😀'`],
    // The right-to-left override, a zero-width space, a tag character: what nobody sees.
    ['on\u202Eoff', String.raw`'on\u202eoff'`],
    ['o\u200Bn', String.raw`'o\u200bn'`],
    ['\u{E0041}', String.raw`'\udb40\udc41'`],
    ['\uD800', String.raw`'\ud800'`],
    [`'*/ alert(1) //`, String.raw`'\'*/ alert(1) //'`],
    ['${a}`', "'${a}`'"],
  ])('%j', (text, expected) => {
    expect(literal(text)).toBe(expected)
    expect(read(literal(text))).toBe(text)
  })

  it('is read as the text that it was made from, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(literal(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })
})
