import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Where a source says `any`: `file:line`. */
function anysIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  const found: string[] = []
  const visit = (node: ts.Node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

describe('the declarations of the package', () => {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'))

  it('never say any', () => {
    expect(files).toContain('index.d.ts')
    expect(files.flatMap((file) => anysIn(file, readFileSync(join('dist', file), 'utf8')))).toEqual([])
    expect(anysIn('a.d.ts', 'export type A = string\nexport interface B { c: (d: any[]) => void }')).toEqual([
      'a.d.ts:2',
    ])
  })

  it('leave nothing to be guessed, and name no type that is not there', () => {
    const program = ts.createProgram(
      files.map((file) => join('dist', file)),
      {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        skipDefaultLibCheck: true,
        noEmit: true,
      },
    )
    const messages = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
    expect(messages).toEqual([])
  })
})
