import { parse } from 'acorn'
import { describe, expect, it } from 'vitest'
import { flattenParts } from '../../../flattenParts'
import type { Program } from 'estree'

function flatten(code: string): string | undefined {
  const program = parse(code, { ecmaVersion: 2022, sourceType: 'module' }) as unknown as Program
  return flattenParts(code, program)?.toString()
}

describe('parts are handed over one by one', () => {
  it.each([
    [
      'taken apart in the list of parameters',
      'function f({ a, b }) { return a + b } f({ a: 1, b: 2 })',
      'function f(a, b) { return a + b } f(1, 2)',
    ],
    [
      'taken apart in the first statement',
      'function f(parts) { const { a, b: c } = parts; return a + c } f({ b: 2, a: 1 })',
      'function f(c, a) {  return a + c } f(2, 1)',
    ],
    [
      'in the order in which they are worked out',
      'function f({ a, b }) {} f({ b: g(), a: h() })',
      'function f(b, a) {} f(g(), h())',
    ],
    [
      'with the default of one that is not given',
      'function f({ a = 1, b }) {} f({ b: 2 })',
      'function f(b, a = 1) {} f(2)',
    ],
    [
      'a method becomes a function',
      'function f({ a }) {} f({ async a(x) { await x } })',
      'function f(a) {} f(async function (x) { await x })',
    ],
    ['one that nobody takes is left out', 'function f({ a }) {} f({ a: 1, b: () => 2 })', 'function f(a) {} f(1)'],
    [
      'members of a constant of the same scope',
      'function f({ a, b, c }) {} { const base = { a, b: g(), c: 0 }; f({ ...base, c: 1 }) }',
      'function f(a, b, c) {} { const base = { a, b: g(), c: 0 }; f(a, base.b, 1) }',
    ],
    [
      'one of two where one call stands in the other',
      'function f({ a }) {} function g({ b }) {} f({ a: g({ b: 1 }) })',
      'function f(a) {} function g({ b }) {} f(g({ b: 1 }))',
    ],
    [
      'in a function, as a script has all of them',
      '(() => { function f({ a }) {} f({ a: 1 }) })()',
      '(() => { function f(a) {} f(1) })()',
    ],
    [
      'the constant itself',
      'function f({ a }) {} { const base = { a: 1 }; f(base) }',
      'function f(a) {} { const base = { a: 1 }; f(base.a) }',
    ],
    [
      'a variable that changes is asked of the constant',
      'function f({ a }) {} { let a = 1; const base = { a }; a = 2; f(base) }',
      'function f(a) {} { let a = 1; const base = { a }; a = 2; f(base.a) }',
    ],
  ])('%s', (_what, code, flat) => expect(flatten(code)).toBe(flat))

  it.each([
    ['called twice', 'function f({ a }) {} f({ a: 1 }); f({ a: 2 })'],
    ['handed on', 'function f({ a }) {} g(f)'],
    ['exported', 'export function f({ a }) {} f({ a: 1 })'],
    ['of the same name as another one', 'function f({ a }) {} { function f({ a }) {} f({ a: 1 }) }'],
    ['never called', 'function f({ a }) {} { const f = 1 }'],
    ['given something that cannot be seen', 'function f({ a }) {} f(g())'],
    ['given members that cannot be seen', 'function f({ a }) {} f({ ...g() })'],
    ['given a member whose name is worked out', 'function f({ a }) {} f({ [g]: 1 })'],
    ['given a getter', 'function f({ a }) {} f({ get a() { return 1 } })'],
    ['given more, which does something', 'function f({ a }) {} f({ a: 1, b: g() })'],
    ['given a constant of another scope', 'function f({ a }) {} const base = { a: 1 }; { f(base) }'],
    [
      'given a constant whose members another function names',
      'function f({ a }) {} { const base = { a }; g((a) => f(base)) }',
    ],
    ['given a variable', 'function f({ a }) {} { let base = { a: 1 }; f(base) }'],
    ['keeping the rest', 'function f({ a, ...rest }) {} f({ a: 1 })'],
    ['using the whole as well', 'function f(parts) { const { a } = parts; g(parts) } f({ a: 1 })'],
    ['with a second parameter', 'function f({ a }, b) {} f({ a: 1 }, 2)'],
  ])('left alone: %s', (_what, code) => expect(flatten(code)).toBeUndefined())
})
