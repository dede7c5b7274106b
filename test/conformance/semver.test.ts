import { afterAll, expect, it } from 'vitest'
import { compareSemver, parseSemver } from '../../src/evaluation/matchers/semver'
import { readVectors } from './readVectors'
import type { Semver } from '../../src/evaluation/matchers/semver'

type Row = { v: string; version: string | null } | { a: string; b: string; cmp: number; eq: boolean }

const rows = readVectors<Row>('semver')
afterAll(() => console.log(`semver: ${rows.length} rows as the official SDK`))

it('reads versions', () => {
  const mine = rows.filter((row) => 'v' in row)
  expect(mine.length).toBeGreaterThan(0)
  for (const { v, version } of mine) expect(parseSemver(v)?.text ?? null, v).toBe(version)
})

it('compares versions', () => {
  const mine = rows.filter((row) => 'a' in row)
  expect(mine.length).toBeGreaterThan(0)
  for (const { a, b, cmp, eq } of mine) {
    const [x, y] = [parseSemver(a), parseSemver(b)] as [Semver, Semver]
    expect(Math.sign(compareSemver(x, y)), `${a} ${b}`).toBe(cmp)
    expect(x.text === y.text, `${a} ${b}`).toBe(eq)
  }
})

it('has a check for every row', () => {
  expect(rows.filter((row) => !('v' in row) && !('a' in row))).toEqual([])
})
