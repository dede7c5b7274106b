import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { createTestClient } from 'pennon/testing'
import { blocksOf } from './compileBlocks'

const example = blocksOf('docs/testing.md', readFileSync('docs/testing.md', 'utf8')).find(({ code }) =>
  code.includes("from 'pennon/testing'"),
)

// The example is run here, as it stands: what it imports is handed to it.
describe('the example in docs/testing.md', () => {
  const { code } = transformSync(example?.code.replaceAll(/^import .*$/gm, '') ?? '', { loader: 'ts' })
  const run = compileFunction(code, ['createTestClient', 'expect', 'it']) as (...given: unknown[]) => void
  let tests = 0
  const counted = (name: string, test: () => void) => {
    tests++
    it(name, test)
  }
  run(createTestClient, expect, counted)

  it('has tests', () => {
    expect(tests).toBeGreaterThan(1)
  })
})
