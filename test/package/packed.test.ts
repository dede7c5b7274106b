import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** What `npm publish` would take, without packing it. */
const packed = (() => {
  const shell = process.platform === 'win32'
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', shell })
  const [{ files }] = JSON.parse(text) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
})()

it('has what it needs, and nothing of how it is made', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object }
  expect(Object.keys(dependencies).sort()).toEqual(['idb-keyval', 'ky', 'murmurhash-js'])
  expect([...new Set(packed.map((path) => path.split('/')[0]))].sort()).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json', 'src'].sort(),
  )
})

it('has every document that its README leads to', () => {
  const readme = readFileSync('README.md', 'utf8')
  const links = [...readme.matchAll(/\]\((docs\/[^)#]+\.md)/g)].map((link) => link[1] ?? '')
  expect(links).toContain('docs/typed-flags.md')
  expect(links.filter((path) => !packed.includes(path))).toEqual([])
})
