import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { launch } from '../browser/launch'
import { openSite } from '../browser/site'
import { blocksOf } from '../docs/compileBlocks'
import { installPackage, type Consumer } from './installPackage'

// The scripts of the page see these globals.
declare const client: Client
declare const entries: string

let consumer: Consumer
let browser: Browser

// Bundlers and jest are some hundred packages.
beforeAll(async () => {
  consumer = await installPackage(join(import.meta.dirname, 'bundlers'))
  browser = await launch()
}, 400_000)
afterAll(async () => {
  await browser?.close()
  consumer?.remove()
})

it('is required by CommonJS, without a warning', async () => {
  expect(await consumer.run('require.cjs')).toBe('function function on\n')
})

describe('TypeScript 5.4, the oldest that is supported', () => {
  it.each([
    ['node10', 'commonjs'],
    ['node16', 'node16'],
    ['bundler', 'es2022'],
  ])('finds the types of every entry with moduleResolution %s', async (moduleResolution, module) => {
    // With node16, a CommonJS module cannot import an ES module; most projects with node10 are CommonJS.
    const folder = moduleResolution === 'node16' ? 'esm' : 'types'
    if (folder === 'esm') writeFileSync(join(consumer.folder, 'esm/entries.ts'), read('types/entries.ts'))
    const how = [
      '--module',
      module,
      '--moduleResolution',
      moduleResolution,
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
    ]
    const args = [...how, '--strict', '--noEmit', '--typeRoots', 'none', `${folder}/entries.ts`]
    expect(await consumer.run('node_modules/typescript/bin/tsc', ...args)).toBe('')
  })
})

const read = (path: string) => readFileSync(join(consumer.folder, path), 'utf8')

describe('an application that is bundled', () => {
  it.each<[string, string[]]>([
    ['webpack 5', ['webpack.cjs', 'webpack', 'site']],
    ['webpack 4, with Babel', ['webpack.cjs', 'webpack4', 'site4']],
    [
      'Parcel 2',
      [
        'node_modules/parcel/lib/bin.js',
        ...['build', 'page.html', '--public-url', '/app/', '--dist-dir', 'parcel', '--no-cache', '--no-source-maps'],
      ],
    ],
    ['Metro', ['metro.cjs', 'metro']],
  ])('by %s finds every entry, decides, explains and posts', async (_tool, [script = '', ...args]) => {
    const folder = args.find((arg) => ['site', 'site4', 'parcel', 'metro'].includes(arg)) ?? ''
    mkdirSync(join(consumer.folder, folder), { recursive: true })
    await consumer.run(script, ...args)
    const site = await openSite(browser)
    try {
      const files = readdirSync(join(consumer.folder, folder))
      for (const name of files.filter((file) => file.endsWith('.js'))) {
        site.server.serve(`/app/${name}`, read(`${folder}/${name}`), { 'content-type': 'text/javascript' })
      }
      const page = files.includes('page.html')
        ? read(`${folder}/page.html`)
        : '<!doctype html><link rel=icon href=data:,><script src=/app/page.js></script>'
      site.server.serve('/module.html', page)

      const opened = await site.open()
      expect(await site.ready(opened)).toMatchObject({ ready: true, source: 'network' })
      expect(await site.treatments(opened, ['plain'])).toEqual(['on'])
      expect(await opened.evaluate(() => entries)).toBe('function,function,function,function,function')
      await opened.evaluate(() => client.flush())
      expect(await opened.evaluate(() => client.explain('plain')?.label)).toBe('a rule')
      expect(site.server.impressions()).toMatchObject([{ flag: 'plain', transport: 'fetch' }])
      expect(await site.logged(opened)).toEqual([])
    } finally {
      await site.close()
    }
  })
})

describe('Jest, by the recipes of docs/testing.md', () => {
  const paper = readFileSync('docs/testing.md', 'utf8')
  const example = blocksOf('docs/testing.md', paper)
    .find(({ code }) => code.includes("from 'pennon/testing'"))
    ?.code.replace(/^import .* from 'vitest'\n/m, '') as string
  const pattern = /`transformIgnorePatterns: \['([^']+)'\]`/.exec(paper)?.[1] as string
  const [, command = ''] = /`node (--experimental-vm-modules) node_modules\/\.bin\/jest`/.exec(paper) ?? []
  /** The client of the application itself, where there may be a DOM, and every entry. */
  const more = (entries: readonly string[]) => `
    import { createClient } from 'pennon'
    it('imports pennon', () => {
      const client = createClient({ sdkKey: 'local', key: 'user-42', localFlags: { banner: 'blue' } })
      expect(client.getTreatment('banner')).toBe('blue')
      return client.destroy()
    })
    it.each(${JSON.stringify(entries)})('imports %s', (entry) =>
      import(entry).then((names) => expect(Object.keys(names)).not.toEqual([])))`

  it.each([
    ['node', 'Babel'],
    ['jsdom', 'Babel'],
    ['node', 'ES modules'],
    ['jsdom', 'ES modules'],
  ])('in %s with %s', async (environment, kind) => {
    const isEsm = kind === 'ES modules'
    const folder = isEsm ? 'esm' : 'babel'
    mkdirSync(join(consumer.folder, folder), { recursive: true })
    const entries = entriesOf(join(consumer.folder, 'node_modules/pennon'))
    expect(entries).toEqual(expect.arrayContaining(['pennon', 'pennon/react', 'pennon/integrations/webhook']))
    const code = isEsm ? transformSync(example, { loader: 'ts' }).code : example
    writeFileSync(join(consumer.folder, folder, `prices.test.${isEsm ? 'js' : 'ts'}`), `${code}\n${more(entries)}`)
    // The Babel configuration is at the root of the project.
    const config = isEsm
      ? { transform: {} }
      : { rootDir: '..', testMatch: ['<rootDir>/babel/*.test.ts'], transformIgnorePatterns: [pattern] }
    writeFileSync(join(consumer.folder, folder, 'jest.config.json'), JSON.stringify(config))
    const report = join(consumer.folder, folder, 'report.json')
    const args = ['--env', environment, '--json', '--outputFile', report, '--config', `${folder}/jest.config.json`]
    if (isEsm) await consumer.run(command, 'node_modules/.bin/jest', ...args)
    else await consumer.run('node_modules/.bin/jest', ...args)
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      numPassedTests: 3 + entries.length,
      numFailedTests: 0,
    })
  })
})

/** Every entry of an installed package that is a module. A pattern of its `exports` stands for the files that it finds. */
function entriesOf(folder: string): string[] {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    const entry = path.replace('.', name)
    if (!path.includes('*')) return [entry]
    const [below = '', extension = ''] = target.default.split('*')
    return readdirSync(join(folder, below))
      .filter((file) => file.endsWith(extension))
      .map((file) => entry.replace('*', file.slice(0, -extension.length)))
  })
}
