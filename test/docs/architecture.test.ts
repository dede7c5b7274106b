import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const text = readFileSync('docs/architecture.md', 'utf8')
const quotedIn = (paper: string) => [...paper.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)
const quoted = quotedIn(text)

const filesBelow = (folder: string, recursive = true) =>
  readdirSync(folder, { recursive, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'))
const { name, bin, exports, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'bin' | 'exports' | 'scripts',
  object
> & { name: string }

/** What a name may stand for, other than something of the code. */
const known = new Set([
  // A file below src is mostly called by its last name, which the sentence before says the folder of.
  ...[...filesBelow('src'), ...filesBelow('.', false), ...filesBelow('dist')].map((path) => basename(path)),
  ...Object.keys(exports).map((entry) => entry.replace('.', name)),
  ...Object.keys(scripts).map((script) => `npm run ${script}`),
  ...Object.keys(bin).map((command) => `npx ${command}`),
  // These are words of the language and events of the browser.
  ...['const', 'let', 'beforeunload', 'pagehide'],
])

/** Every identifier of src; a name that only a comment has is none. */
const identifiers = new Set<string>()
const collect = (node: ts.Node) => {
  if (ts.isIdentifier(node)) identifiers.add(node.text)
  ts.forEachChild(node, collect)
}
for (const file of filesBelow('src').filter((path) => path.endsWith('.ts')))
  collect(ts.createSourceFile(file, readFileSync(`src/${file}`, 'utf8'), ts.ScriptTarget.ES2022))

/** The names that stand for nothing: no path, no file, entry, script or command, and no piece of code whose words src has. */
const unknown = (names: readonly string[]) =>
  names.filter((each) => {
    if (each.includes('/') && existsSync(each)) return false
    if (known.has(each.replace(/\/$/, ''))) return false
    const isCode = /^\w+(\(.*\))?$/.test(each)
    return !isCode || (each.match(/[a-z_]\w*/gi) ?? []).some((word) => !identifiers.has(word))
  })

describe('docs/architecture.md', () => {
  it('names nothing that is not there', () => {
    expect(quoted.filter((path) => path.startsWith('src/')).length).toBeGreaterThan(20)
    expect(unknown(quoted)).toEqual([])
  })

  it('would be found to name something that went', () => {
    const paths = ['src/gone.ts', 'gone.ts', 'gone.js', 'pennon/gone', 'npm run gone', 'npx gone']
    const code = ['hasGone', 'hasGone()', 'createTray({ beacon, hasGone, ... })']
    expect(unknown([...paths, ...code, 'src/client', 'createTray', 'dist', 'const'])).toEqual([...paths, ...code])
  })

  it('says what every file of dist is for', () => {
    const made = readdirSync('dist').filter((file) => /\.js$|^integrations$/.test(file))
    expect(made).toContain('late.js')
    expect(made.filter((file) => !quoted.includes(file) && !quoted.includes(`${file}/`))).toEqual([])
  })

  it('has every room', () => {
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(rooms.map((room) => `src/${room.name}`).filter((room) => !quoted.includes(room))).toEqual([])
  })
})
