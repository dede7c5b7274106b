import { build } from 'esbuild'

interface BundleOptions {
  format: 'iife' | 'esm'
  /** A node_modules folder that has what the text imports. @default the one of the clone */
  modules?: string
}

/** @returns the text of one script with all that it imports */
export async function bundle(contents: string, { format, modules }: BundleOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    ...(modules && { nodePaths: [modules] }),
    format,
    write: false,
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
