import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import commonjs from '@rollup/plugin-commonjs'
import resolve from '@rollup/plugin-node-resolve'
import type { ExistingRawSourceMap, OutputOptions, Plugin, RollupOptions } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import esbuild from 'rollup-plugin-esbuild'
import { minify } from 'terser'
import { flattenParts } from './flattenParts'
import { letForConst } from './letForConst'
import { SHORT_NAMES } from './mangledNames'
import type { Program } from 'estree'
import type MagicString from 'magic-string'

/** What one run of rollup takes and writes. */
export interface Bundle extends RollupOptions {
  output: OutputOptions
}

const SRC = fileURLToPath(new URL('src', import.meta.url))

/** Entries of the package that are one file each, by the name of that file. */
const ENTRIES: Record<string, string> = {
  index: 'index',
  full: 'full',
  compat: 'compat/index',
  openfeature: 'openfeature/createPennonProvider',
  react: 'react/index',
  server: 'server/index',
  hash: 'hash/hashKey',
  config: 'config/parseConfig',
  devtools: 'devtools/devtools',
  testing: 'testing/createTestClient',
}

/**
 * Modules of src that stand in another file of the package, by its address. The second file never changes its name, so that a
 * page can hint at it, and imports nothing: each import would be one more round trip before it runs.
 */
const APART: Record<string, Record<string, string>> = {
  index: { 'late/late': './late.js' },
  late: {
    'late/sync/stream/createStream': './stream.js',
    'late/delivery/predecessor': './predecessor.js',
    'shared/texts': './texts.js',
  },
  // On top of an entry, with its very classes.
  compat: { 'client/createClient': './index.js', 'shared/errors': './index.js' },
  openfeature: { 'client/createClient': './index.js' },
  react: { 'client/createClient': './index.js', 'shared/errors': './index.js' },
  testing: { 'client/createFullClient': './full.js', 'shared/errors': './full.js' },
}

/** What an entry is for, and its application has: imported from there. */
const PEERS = ['react', '@openfeature/web-sdk']

/** React's server components may import what says so in its first line, and run it in the browser. */
const BANNERS: Record<string, string> = { react: '"use client"' }

/** Files that other ones load while they run. */
const PARTS: Record<string, string> = {
  late: 'late/late',
  stream: 'late/sync/stream/createStream',
  predecessor: 'late/delivery/predecessor',
  texts: 'shared/texts',
}

/** One file each, that imports nothing: a site loads the one that it uses, from anywhere. */
const INTEGRATIONS = readdirSync(new URL('src/integrations', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `integrations/${file.slice(0, -3)}`)

/** Every entry by the name of its file in the package, with the path of its module below src. */
const MODULES: Record<string, string> = { ...ENTRIES, ...Object.fromEntries(INTEGRATIONS.map((name) => [name, name])) }

/** Scripts of the demo's pages. */
const PAGES = ['decide', 'flags', 'impressions', 'faultsPage', 'away', 'start']

/** The sources of all entries. */
export const entrySources = Object.values(MODULES).map((module) => `src/${module}.ts`)

/** For `npm run coverage`: every script as it is written, with a map to its sources. */
const isMeasured = Boolean(process.env['PENNON_COVERAGE'])
/** Maps of the package name the files of `src` that lie beside them there. A map with their texts would be several times as large. */
const MAPPED = { sourcemap: true, sourcemapExcludeSources: !isMeasured }

/** A warning fails the build: an unresolved import or a circular one is never right here. */
const onLog: RollupOptions['onLog'] = (level, log, handler) => handler(level === 'warn' ? 'error' : level, log)

/** Leaves to another file of the package what stands there. */
const apart = (modules: Record<string, string> = {}): Plugin => ({
  name: 'apart',
  async resolveId(source, importer) {
    const found = importer && (await this.resolve(source, importer, { skipSelf: true }))
    const module = found ? relative(SRC, found.id).replaceAll('\\', '/').replace(/\.ts$/, '') : ''
    return Object.hasOwn(modules, module) ? { id: modules[module] as string, external: true } : null
  },
})

// The one CommonJS package that is bundled is a single function, and needs none of the usual wrapping.
const commonJs = () => commonjs({ defaultIsModuleExports: true, strictRequires: false })
/** ky is taken as its class alone: its entry also makes instances with defaults and a shorthand for each method, which nobody here calls. */
const kyAlone: Plugin = {
  name: 'kyAlone',
  load: (id) =>
    /\bky.distribution.index\.js$/.test(id) ? "import { Ky } from './core/Ky.js'\nexport default Ky.create" : null,
}
const plugins = () => [kyAlone, resolve({ browser: true }), commonJs(), esbuild({ target: 'es2022', sourceMap: true })]

/** Rewrites a whole script before it is made small. Not for coverage, which maps to the sources as they are. */
const rewritten = (name: string, rewrite: (code: string, program: Program) => MagicString | undefined): Plugin => ({
  name,
  renderChunk(code) {
    const text = isMeasured ? undefined : rewrite(code, this.parse(code))
    return text ? { code: text.toString(), map: text.generateMap({ hires: true }) } : null
  },
})
/** Hands over parts one by one: the names of an object's members would stand in the file twice. */
const flattened = rewritten('flattened', flattenParts)
/** After the former, which has to see what is constant. */
const loosened = rewritten('loosened', letForConst)

/**
 * Runs Terser in this process: a worker for each file, which has to load it first, takes twice the time.
 *
 * @param isOurs the file hands objects to other files of dist, or takes some: inner names are short in all of them
 */
const minified = (isOurs: boolean): Plugin => ({
  name: 'minified',
  async renderChunk(code, _chunk, { format, sourcemap }) {
    if (isMeasured) return null
    const { code: shorter = '', map } = await minify(code, {
      ecma: 2020,
      module: format === 'es',
      // A directive that Terser does not know is React's. To inline calls that pass arguments would repeat more code than it saves.
      compress: { passes: 3, directives: false, hoist_funs: true, unsafe_arrows: true, inline: 1 },
      ...(isOurs && {
        mangle: { properties: { regex: new RegExp(`^(${[...SHORT_NAMES.keys()].join('|')})$`) } },
        // Terser looks a name up here before it makes a short one.
        nameCache: {
          props: { props: Object.fromEntries([...SHORT_NAMES].map(([name, short]) => [`$${name}`, short])) },
        },
      }),
      // Without another letter than those of ASCII the file reads the same on a page of any charset, and is a little smaller.
      format: { comments: false, ascii_only: true },
      ...(sourcemap && { sourceMap: { asObject: true } }),
    })
    return { code: shorter, map: (map as ExistingRawSourceMap | undefined) ?? null }
  },
})

/** Writes what a page puts into `integrity` of its script tag, and the whole tag: the file's last line names the source map, so the hash is of the file as written. */
const integrity: Plugin = {
  name: 'integrity',
  writeBundle({ file = '' }) {
    const hash = `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`
    const text = JSON.stringify({ 'pennon.min.js': hash }, null, 2)
    writeFileSync(join(dirname(file), 'integrity.json'), `${text}\n`)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const src = `https://cdn.jsdelivr.net/npm/pennon@${version}/dist/pennon.min.js`
    const tag = `<script src="${src}" integrity="${hash}" crossorigin="anonymous"></script>`
    writeFileSync(join(dirname(file), 'script-tag.html'), `${tag}\n`)
  },
}

/** Lets `npx pennon` run the command in a clone, too; npm does it where it installs one. */
const executable: Plugin = {
  name: 'executable',
  writeBundle: ({ file = '' }) => chmodSync(file, 0o755),
}

/** @returns the bundles of the package, written to `dist`; `declarations` holds a declaration file for each module of src */
export function bundles(dist: string, declarations: string): Bundle[] {
  const inputs = (modules: Record<string, string>, folder: string, extension: string) =>
    Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, join(folder, `${module}${extension}`)]))
  return [
    // The runtime packages are bundled in, so that the files also work from a CDN without a bundler
    // (murmurhash-js is CommonJS). They stay in `dependencies` for the application's audit and licence tools.
    ...Object.entries({ ...ENTRIES, ...PARTS }).map(([name, module]) => ({
      input: `src/${module}.ts`,
      external: PEERS,
      onLog,
      plugins: [apart(APART[name]), ...plugins()],
      output: {
        banner: BANNERS[name] ?? '',
        file: join(dist, `${name}.js`),
        format: 'es' as const,
        ...MAPPED,
        inlineDynamicImports: true,
        plugins: [flattened, loosened, minified(name in PARTS || name === 'index' || name === 'full')],
      },
    })),
    {
      // The command, for Node.
      input: 'src/cli/main.ts',
      external: /^node:/,
      onLog,
      plugins: [esbuild({ target: 'node20' }), resolve(), executable],
      output: { file: join(dist, 'cli.js'), format: 'es', sourcemap: isMeasured },
    },
    ...INTEGRATIONS.map((name) => ({
      input: `src/${name}.ts`,
      onLog,
      plugins: plugins(),
      output: {
        file: join(dist, `${name}.js`),
        format: 'es' as const,
        sourcemap: isMeasured,
        plugins: [loosened, minified(false)],
      },
    })),
    {
      // A plain IIFE: a UMD header would be taken over by AMD loaders on the page.
      input: 'src/full.ts',
      onLog,
      plugins: plugins(),
      output: {
        file: join(dist, 'pennon.min.js'),
        format: 'iife',
        name: 'pennon',
        ...MAPPED,
        inlineDynamicImports: true,
        plugins: [flattened, loosened, minified(true), integrity],
      },
    },
    {
      // The pages of the demo. They are not part of the package, and may import each other's parts.
      input: Object.fromEntries(PAGES.map((name) => [name, `demo/page/${name}`])),
      onLog,
      plugins: [
        resolve({ browser: true, extensions: ['.tsx', '.ts', '.mjs', '.js'] }),
        esbuild({ target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact' }),
      ],
      output: { dir: join(dist, 'demo'), format: 'es', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
    {
      input: inputs(MODULES, declarations, '.d.ts'),
      external: PEERS,
      onLog,
      plugins: [dts()],
      output: {
        dir: dist,
        format: 'es',
        entryFileNames: '[name].d.ts',
        chunkFileNames: ({ name }) => `chunks/${name.replace(/\.d$/, '')}-[hash].d.ts`,
      },
    },
  ]
}
