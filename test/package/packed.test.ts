import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { packedFiles, relativeLinks } from '../tools/packedFiles'
import { subpathsOf } from '../tools/writeSubpaths'

const packed = packedFiles()

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

interface SourceMap {
  readonly sources: string[]
  readonly sourcesContent?: unknown
}

/** The source maps of the package, by their paths. */
const maps = packed
  .filter((path) => path.endsWith('.map'))
  .map((path) => ({ path, map: JSON.parse(readFileSync(path, 'utf8')) as SourceMap }))

it('has each source once: maps name them, and hold none of their texts', () => {
  expect(maps.map(({ path }) => path)).toEqual(expect.arrayContaining(['dist/index.js.map', 'dist/pennon.min.js.map']))
  expect(maps.filter(({ map }) => map.sourcesContent).map(({ path }) => path)).toEqual([])
  const sources = new Set(maps.flatMap(({ path, map }) => map.sources.map((source) => join(dirname(path), source))))
  const own = [...sources].filter((path) => !path.startsWith('node_modules'))
  expect(own).toContain(join('src', 'client', 'createClient.ts'))
  expect(own.filter((path) => !packed.includes(path.replaceAll('\\', '/')))).toEqual([])
})

it('has the notices of the packages whose code it contains', () => {
  const sources = maps.flatMap(({ map }) => map.sources)
  const contained = new Set(sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
  expect(contained).toContain('ky')
  const notices = readFileSync('THIRD-PARTY-NOTICES.md', 'utf8')
  expect([...notices.matchAll(/^## (.*)$/gm)].map(([, name]) => name).sort()).toEqual([...contained].sort())
})

it('has every document that its documents lead to; pictures are shown where the sources are', () => {
  const isThere = (path: string) => packed.some((file) => file === path || file.startsWith(`${path}/`))
  const links = relativeLinks(packed)
  expect(links.map(({ path }) => path)).toEqual(expect.arrayContaining(['docs/typed-flags.md', 'SECURITY.md']))
  expect(links.filter(({ path }) => !path.endsWith('.png') && !isThere(path))).toEqual([])
})
