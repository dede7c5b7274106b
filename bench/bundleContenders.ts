import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type OutputFile } from 'esbuild'

const peers = fileURLToPath(new URL('peers/node_modules', import.meta.url))

/**
 * Bundles what a bench runs in a page: pennon as it is built, and what it is compared with.
 *
 * @returns the files, which are not written to the disk
 */
export async function bundleContenders(options: BuildOptions): Promise<OutputFile[]> {
  if (!existsSync(peers)) {
    console.error('The peers are not installed: npm ci --prefix bench/peers')
    process.exit(1)
  }
  // Loaded only here: the compiler takes longer than all else that `--help` would wait for.
  const { buildIfOlder } = await import('../test/tools/build')
  await buildIfOlder()
  const { outputFiles = [] } = await build({
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    nodePaths: [peers],
    alias: { pennon: fileURLToPath(new URL('../dist/index.js', import.meta.url)) },
    logLevel: 'error',
    ...options,
  })
  return outputFiles
}
