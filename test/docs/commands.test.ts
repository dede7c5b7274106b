import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'AGENTS.md',
  'SECURITY.md',
  'examples/README.md',
  '.changeset/README.md',
  'test/conformance/README.md',
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

it('documents link to no file and no heading that is not there', () => {
  const withoutCode = (path: string) => readFileSync(path, 'utf8').replaceAll(/^```[^]*?^```/gm, '')
  /** The addresses of the headings of a document, as hosts of repositories make them. */
  const headingsOf = (path: string) =>
    [...withoutCode(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
  const links = documents.flatMap((path) =>
    [...withoutCode(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ path, link })),
  )
  const isThere = (path: string, link: string) => {
    const [file, heading] = link.split('#') as [string, string?]
    const target = file ? join(dirname(path), file) : path
    return existsSync(target) && (!heading || headingsOf(target).includes(heading))
  }
  const own = links.filter(({ link }) => !/^\w+:/.test(link))
  expect(own.length).toBeGreaterThan(100)
  expect(own.filter(({ path, link }) => !isThere(path, link))).toEqual([])
})
