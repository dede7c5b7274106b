import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type OutputFile } from 'esbuild'
import { installApart } from '../test/tools/apart'

const peers = fileURLToPath(new URL('peers', import.meta.url))

/**
 * Bundles what a bench runs in a page: pennon as it is built, and what it is compared with.
 *
 * @returns the files, which are not written to the disk
 */
export async function bundleContenders({ alias, ...options }: BuildOptions): Promise<OutputFile[]> {
  installApart(peers)
  // Loaded only here: the compiler takes longer than all else that `--help` would wait for.
  const { buildIfOlder } = await import('../test/tools/build')
  await buildIfOlder()
  const { outputFiles = [] } = await build({
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    nodePaths: [join(peers, 'node_modules')],
    alias: { pennon: fileURLToPath(new URL('../dist/index.js', import.meta.url)), ...alias },
    logLevel: 'error',
    ...options,
  })
  return outputFiles
}
