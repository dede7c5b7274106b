import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { subpathsOf } from '../tools/writeSubpaths'

/** The files that `npm publish` would take, without packing them. */
const packed = (() => {
  const shell = process.platform === 'win32'
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', shell })
  const [{ files }] = JSON.parse(text) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
})()

it('has what it needs, and nothing of how it is made', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object }
  expect(Object.keys(dependencies).sort()).toEqual(['idb-keyval', 'ky', 'murmurhash-js'])
  const subpaths = subpathsOf('.').map(([name]) => `${name}/package.json`)
  expect(subpaths).toContain('integrations/webhook/package.json')
  const documents = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.md']
  expect(packed.filter((path) => !/^(dist|docs|src)\//.test(path)).sort()).toEqual(
    [...documents, 'package.json', ...subpaths].sort(),
  )
})

it('leads tools that do not know `exports` to the same files', () => {
  for (const [name, target] of subpathsOf('.')) {
    const { main, types } = JSON.parse(readFileSync(`${name}/package.json`, 'utf8')) as { main: string; types: string }
    expect([join(name, main), join(name, types)], name).toEqual([normalize(target.default), normalize(target.types)])
    expect(packed).toEqual(expect.arrayContaining([join(name, main), join(name, types)]))
  }
})

it('has the notices of the packages whose code it contains', () => {
  const maps = readdirSync('dist').filter((file) => file.endsWith('.js.map'))
  const sources = maps.flatMap(
    (file) => (JSON.parse(readFileSync(`dist/${file}`, 'utf8')) as { sources: string[] }).sources,
  )
  const contained = new Set(sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
  expect(contained).toContain('ky')
  const notices = readFileSync('THIRD-PARTY-NOTICES.md', 'utf8')
  expect([...notices.matchAll(/^## (.*)$/gm)].map(([, name]) => name).sort()).toEqual([...contained].sort())
})

it('has every document that its documents lead to; pictures are shown where the sources are', () => {
  const isThere = (path: string) => packed.some((file) => file === path || file.startsWith(`${path}/`))
  const links = packed
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link = '']) => ({
        file,
        path: join(dirname(file), link).replace(/\/$/, ''),
      })),
    )
  expect(links.map(({ path }) => path)).toEqual(expect.arrayContaining(['docs/typed-flags.md', 'SECURITY.md']))
  expect(links.filter(({ path }) => !/\.(png|svg)$/.test(path) && !isThere(path))).toEqual([])
})
