import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MATCHERS } from '../../../../src/evaluation/matchers/table'

it('has a line for each of the 24 kinds', () => {
  expect(MATCHERS.size).toBe(24)
  expect(new Set(MATCHERS.values()).size).toBe(24)
})

it('names them as the files are named', () => {
  const files = readdirSync('src/evaluation/matchers')
  const camel = (wire: string) => wire.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  for (const wire of MATCHERS.keys()) expect(files).toContain(`${camel(wire as string)}.ts`)
})

it('knows no members of every object', () => {
  for (const name of ['constructor', 'toString', '__proto__', undefined, null])
    expect(MATCHERS.get(name)).toBeUndefined()
})
