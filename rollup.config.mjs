import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import commonjs from '@rollup/plugin-commonjs'
import resolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { dts } from 'rollup-plugin-dts'
import esbuild from 'rollup-plugin-esbuild'

// Chunks carry a hash in their names: those of older builds would stay for ever.
rmSync(new URL('dist', import.meta.url), { recursive: true, force: true })

// A warning fails the build: an unresolved import or a circular one is never right here.
const onLog = (level, log, handler) => handler(level === 'warn' ? 'error' : level, log)

const plugins = () => [resolve({ browser: true }), commonjs(), esbuild({ target: 'es2022', sourceMap: true })]
const minify = (module) => terser({ ecma: 2020, module, compress: { passes: 3 }, format: { comments: false } })

// What a page puts into `integrity` of its script tag. Of the file as it is written: its last line names the source map.
const integrity = {
  name: 'integrity',
  writeBundle({ file }) {
    const hash = createHash('sha384').update(readFileSync(file)).digest('base64')
    writeFileSync('dist/integrity.json', `${JSON.stringify({ 'pennon.min.js': `sha384-${hash}` }, null, 2)}\n`)
  },
}

const entries = {
  index: 'src/index.ts',
  compat: 'src/compat/index.ts',
  hash: 'src/hash/hashKey.ts',
  config: 'src/config/parseConfig.ts',
  devtools: 'src/devtools/devtools.ts',
  testing: 'src/testing/createTestClient.ts',
}

/** One file each, that imports nothing: a site loads the one that it uses, from anywhere. */
const tools = readdirSync(new URL('src/integrations', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `integrations/${file.slice(0, -3)}`)

export default [
  {
    // The runtime packages are bundled in, so that the file also works from a CDN without a bundler
    // (murmurhash-js is CommonJS). They stay in `dependencies` for the application's audit and licence tools.
    input: entries,
    onLog,
    plugins: plugins(),
    // The lazy chunks share modules with the entry: without this, the entry becomes a facade of one more chunk.
    preserveEntrySignatures: 'allow-extension',
    output: {
      dir: 'dist',
      format: 'es',
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      plugins: [minify(true)],
    },
  },
  {
    // The command, for Node.
    input: 'src/cli/main.ts',
    external: /^node:/,
    onLog,
    plugins: [esbuild({ target: 'node20' }), resolve()],
    output: { file: 'dist/cli.js', format: 'es' },
  },
  ...tools.map((tool) => ({
    input: `src/${tool}.ts`,
    onLog,
    plugins: plugins(),
    output: { file: `dist/${tool}.js`, format: 'es', plugins: [minify(true)] },
  })),
  {
    // A plain IIFE: a UMD header would be taken over by AMD loaders on the page.
    input: 'src/index.ts',
    onLog,
    plugins: plugins(),
    output: {
      file: 'dist/pennon.min.js',
      format: 'iife',
      name: 'pennon',
      sourcemap: true,
      inlineDynamicImports: true,
      plugins: [minify(false), integrity],
    },
  },
  {
    input: { ...entries, ...Object.fromEntries(tools.map((tool) => [tool, `src/${tool}.ts`])) },
    onLog,
    plugins: [dts()],
    output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'chunks/[name]-[hash].d.ts' },
  },
]
