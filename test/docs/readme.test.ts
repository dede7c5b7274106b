import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../src/client/settings'
import { FALLBACK_PREFIX, LABELS } from '../../src/evaluation/labels'

const readme = readFileSync('README.md', 'utf8')
const section = (title: string) => readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
/** The cells of a section's table, below its head. */
const rowsOf = (title: string) =>
  [...section(title).matchAll(/^\| (.*) \|$/gm)]
    .slice(2)
    .map(([, row = '']) => row.split(/ +\| +/).map((cell) => cell.trim()))

/** Name and documented default of every setting, as the type has them. */
const settings = (() => {
  const source = ts.createSourceFile(
    'types.ts',
    readFileSync('src/client/types/settings.ts', 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  )
  const type = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === 'Settings',
  )
  return (type?.members ?? []).map((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
    const text = ts.getTextOfJSDocComment(tag?.comment) ?? (member.questionToken ? undefined : 'required')
    return [(member.name as ts.Identifier).text, text] as const
  })
})()

describe('README', () => {
  it('lists every setting, in the order of the type, with its default', () => {
    expect(settings.length).toBeGreaterThan(30)
    expect(rowsOf('Settings').map(([name, value]) => [name, value?.replaceAll('`', '')])).toEqual(
      settings.map(([name, value]) => [`\`${name}\``, value]),
    )
  })

  it('explains every label', () => {
    const labels = rowsOf('Why this treatment: labels').map(([label]) => label)
    const known = [...Object.values(LABELS), `${FALLBACK_PREFIX}…`]
    expect(labels.sort()).toEqual(known.map((label) => `\`${label}\``).sort())
  })

  it('leads to every document', () => {
    const documents = readdirSync('docs').filter((file) => file.endsWith('.md'))
    expect(documents).toContain('typed-flags.md')
    expect(documents.filter((file) => !readme.includes(`](docs/${file})`))).toEqual([])
  })

  it('lists every entry of the package', () => {
    const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object; bin: object }
    const entries = Object.keys(exports)
      .filter((path) => path !== './package.json')
      .map((path) => path.replace(/^\./, 'pennon'))
    const listed = section('Entries')
    expect(
      [...entries, ...Object.keys(bin).map((name) => `npx ${name}`)].filter((name) => !listed.includes(name)),
    ).toEqual([])
  })
})

describe('the figures of README', () => {
  const benchmarks = readFileSync('docs/benchmarks.md', 'utf8')
  const measured = (name: string) => benchmarks.split('<!-- bench:').find((text) => text.startsWith(`${name} -->`))
  /** Numbers, without what separates thousands. */
  const numbersIn = (text: string) =>
    [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([number]) => number.replaceAll(',', ''))
  const marked = [...readme.matchAll(/<!-- figures: (\w+) -->([^]*?)\n(?=#)/g)].map(([, name = '', text = '']) => ({
    name,
    text,
  }))

  it('are there', () => {
    expect(marked.map(({ name }) => name)).toEqual(['size', 'coldstart'])
  })

  it.each(marked)('are those of docs/benchmarks.md: $name', ({ name, text }) => {
    const figures = [...text.matchAll(/ (\d[\d.,]*) (?:ms|ns|kB)\b/g)].map(([, figure = '']) => figure)
    expect(figures.length).toBeGreaterThan(5)
    const section = measured(name)
    // A figure that was not measured again may stay if it says of which release it is.
    if (!section) return expect(text).toContain('0.1.0')
    const known = numbersIn(section).map(Number)
    const digitsOf = (figure: string) => figure.split('.')[1]?.length ?? 0
    expect(figures.filter((figure) => !known.some((one) => one.toFixed(digitsOf(figure)) === figure))).toEqual([])
  })
})

describe('the documented defaults of the settings', () => {
  const literals = settings.filter(([, value]) => /^(\d|'|true|false)/.test(value ?? '') && !/MiB/.test(value ?? ''))
  const resolved: object = resolveSettings({ sdkKey: 'a', key: 'b' })

  it.each(literals)('%s: %s', (name, documented = '') => {
    const [literal = ''] = /^('[^']*'|[\d_]+|true|false)/.exec(documented) ?? []
    expect(resolved).toHaveProperty(name, JSON.parse(literal.replaceAll("'", '"').replaceAll('_', '')))
  })
})
