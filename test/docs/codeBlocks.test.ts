import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blocksOf, compileBlocks, examplesOf } from './compileBlocks'

const documents = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    // The documentation site is made of these same documents.
    .filter((path) => path.endsWith('.md') && !path.endsWith('.api.md') && !path.startsWith('site'))
    .map((path) => join('docs', path)),
]
const blocks = documents.flatMap((file) => blocksOf(file, readFileSync(file, 'utf8')))
/** The reference shows these. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join('src', path).replaceAll('\\', '/'))
const examples = sources.flatMap((file) => examplesOf(file, readFileSync(file, 'utf8')))

describe('the code in README and docs', () => {
  it('compiles against the built package, as do the examples in comments', () => {
    expect(blocks.filter(({ language }) => language === 'ts').length).toBeGreaterThan(4)
    const tags = sources.flatMap((file) => readFileSync(file, 'utf8').match(/\* @example\n/g) ?? [])
    expect(tags.length).toBeGreaterThan(25)
    expect(examples).toHaveLength(tags.length)
    expect(compileBlocks([...blocks, ...examples])).toEqual([])
  })

  it('is what the examples have, where it says so', () => {
    const copies = blocks.filter(({ copyOf }) => copyOf)
    expect(copies.length).toBeGreaterThan(4)
    for (const { copyOf = '', code } of copies) expect(code).toBe(readFileSync(copyOf, 'utf8'))
  })

  it.each(['angular/pennon.service', 'signals/watchTreatment', 'svelte/src/treatmentOf', 'vue/src/useTreatment'])(
    'is at most thirty lines where it is an adapter to copy: %s',
    (name) => {
      const adapter = blocks.find(({ copyOf }) => copyOf === `examples/${name}.ts`)
      expect(adapter?.code.trimEnd().split('\n').length).toBeLessThanOrEqual(30)
    },
  )

  it.each(['In React', 'In Next.js', 'With OpenFeature', 'On a static site'])(
    'is at most ten lines where README begins with it: %s',
    (title) => {
      const [block] = blocksOf('README.md', readFileSync('README.md', 'utf8').split(`## ${title}\n`)[1] ?? '')
      expect(block?.code).toContain('ennon')
      expect(block?.code.trimEnd().split('\n').length).toBeLessThanOrEqual(10)
    },
  )

  it('is in a language that is compiled, or that cannot be', () => {
    const others = ['sh', 'json', 'diff', 'text', 'css', 'http', 'vue', 'svelte', 'jsx']
    expect(blocks.filter(({ language }) => !['ts', 'tsx', 'js', 'html', ...others].includes(language))).toEqual([])
  })
})

describe('compileBlocks', () => {
  const errors = (markdown: string) => compileBlocks(blocksOf('a.md', markdown))

  it('finds what is wrong, and where', () => {
    expect(errors('text\n\n```ts\nconst a = 1\nclient.getTreatmnt("a")\n```\n')).toEqual([
      expect.stringMatching(/^a\.md:5: Property 'getTreatmnt' does not exist/),
    ])
    expect(errors("1. item\n\n   ```ts\n   import { a } from 'pennon/none'\n   ```\n")).toEqual([
      expect.stringMatching(/^a\.md:4: Cannot find module 'pennon\/none'/),
    ])
    expect(errors('```js\npennon.createClient({ sdkKey: 1, key: "a" })\n```\n')).toHaveLength(1)
  })

  it('reads examples in comments', () => {
    const source =
      '/**\n * Text.\n *\n * @example\n * const a = b({\n *   c: await d,\n * })\n */\nexport const b = 1\n'
    const [example] = examplesOf('src/hash/b.ts', source)
    expect(example).toMatchObject({ line: 5, code: 'const a = b({\n  c: await d,\n})\n' })
    expect(compileBlocks([example!])).toEqual([
      expect.stringMatching(/^src\/hash\/b\.ts:5: Module '"pennon\/hash"' has no exported member 'b'/),
      expect.stringMatching(/^src\/hash\/b\.ts:6: Cannot find name 'd'/),
    ])
  })

  it('looks into the script tags of a page', () => {
    const page = '```html\n<p>\n<script src="a.js"></script>\n<script>\n  pennon.create()\n</script>\n</p>\n```\n'
    expect(errors(page)).toEqual([expect.stringMatching(/^a\.md:5: Property 'create' does not exist/)])
  })

  it('lets every block have its own names', () => {
    expect(errors('```ts\nconst client = 1\n```\n```ts\nconst client = "a"\n```\n```ts\nclient.flush()\n```')).toEqual(
      [],
    )
  })
})
