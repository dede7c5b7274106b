import { parse } from 'acorn'
import { expect, it } from 'vitest'
import { letForConst } from '../../../letForConst'
import type { Program } from 'estree'

function loosen(code: string): string | undefined {
  const program = parse(code, { ecmaVersion: 2022, sourceType: 'module' }) as unknown as Program
  return letForConst(code, program)?.toString()
}

it.each([
  ['const a = 1', 'let a = 1'],
  ['for (const a of b) { const { c } = a }', 'for (let a of b) { let { c } = a }'],
  ['const f = () => { const a = 1; return a }', 'let f = () => { let a = 1; return a }'],
  [`let a = 'const b'; const c = \`const \${a}\``, `let a = 'const b'; let c = \`const \${a}\``],
])('%s becomes %s', (code, loosened) => expect(loosen(code)).toBe(loosened))

it('what declares no constant stays as it is', () =>
  expect(loosen('let a = 1; var b; function c() {}')).toBeUndefined())
