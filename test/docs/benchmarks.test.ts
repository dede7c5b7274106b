import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { barsOf } from '../../bench/barsOf'
import { drawBars } from '../../bench/drawBars'

it('docs/benchmarks.md shows pictures of its own tables: `npm run bench -- --pictures` draws them', () => {
  const sections = readFileSync('docs/benchmarks.md', 'utf8').split('<!-- bench:').slice(1)
  const pictures = sections.flatMap((section) => {
    const name = section.slice(0, section.indexOf(' '))
    const groups = barsOf(name, /```text\n([^]*?)```/.exec(section)?.[1] ?? '')
    return groups.length ? { name, section, svg: drawBars(groups) } : []
  })
  expect(pictures.map(({ name }) => name)).toEqual(['size', 'decide', 'coldstart', 'load', 'pagehide'])
  expect(readdirSync('docs/benchmarks').sort()).toEqual(pictures.map(({ name }) => `${name}.svg`).sort())
  for (const { name, section, svg } of pictures) {
    expect(section).toContain(`](benchmarks/${name}.svg)`)
    expect(readFileSync(`docs/benchmarks/${name}.svg`, 'utf8')).toBe(svg)
  }
})

it('docs/benchmarks.md holds what benches print, and nothing of an installation beside them', () => {
  const blocks = readFileSync('docs/benchmarks.md', 'utf8').match(/```text\n[^]*?```/g) ?? []
  expect(blocks.length).toBeGreaterThan(5)
  expect(
    blocks.flatMap((block) => block.split('\n')).filter((line) => /^> |^Setting up|^\(Reading|\r/.test(line)),
  ).toEqual([])
})
