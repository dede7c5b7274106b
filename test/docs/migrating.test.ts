import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DIFFERENCES } from '../browser/compat/differences'

it('docs/migrating.md lists the differences from the official SDK, and no others', () => {
  const [, shown = ''] = readFileSync('docs/migrating.md', 'utf8').split(/<!-- \/?differences -->/)
  const rows = shown
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  expect(rows).toEqual(DIFFERENCES.map(({ what, official, pennon, why }) => [what, official, pennon, why]))
})
