import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'AGENTS.md',
  'SECURITY.md',
  'examples/README.md',
  '.changeset/README.md',
  '.github/PULL_REQUEST_TEMPLATE.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('site'))
    .map((path) => join('docs', path)),
]
/** What each document says of commands, with its name. */
const found = (pattern: RegExp) =>
  documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(pattern)].map(([, name = '']) => ({ name, path })),
  )
const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'bin', object>

it('documents name no script that is not in package.json', () => {
  const named = found(/npm run (?:--?\S+ )*([a-z][\w:]*)/g)
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([])
})

it('documents name no command of a package that is not installed', () => {
  const named = found(/\bnpx ([a-z][\w-]*)/g)
  expect(named.map(({ name }) => name)).toContain('vitest')
  const known = (name: string) => name in bin || existsSync(`node_modules/.bin/${name}`)
  expect(named.filter(({ name }) => !known(name))).toEqual([])
})

it('documents name no file or folder of the sources that is not there', () => {
  const named = found(/`((?:src|test|demo|bench|docs|examples)\/[\w./-]+)`/g)
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter(({ name }) => !existsSync(name))).toEqual([])
})
