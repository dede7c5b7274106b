import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { bundles, entrySources } from '../../rollup.config'
import { buildAside } from './buildAside'
import { writeSubpaths } from './writeSubpaths'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')

/** Makes dist. */
export async function makeDist(): Promise<void> {
  await buildAside(dist, async (made) => {
    const declarations = `${made}.types`
    emitDeclarations(declarations)
    await Promise.all(
      bundles(made, declarations).map(async (options) => {
        const bundle = await rollup(options)
        await bundle.write(options.output)
        await bundle.close()
      }),
    )
  })
  writeSubpaths(root)
}

/** Writes a declaration file for each module of src that an entry needs, from one program for all of them. */
function emitDeclarations(folder: string): void {
  const config = {
    extends: './tsconfig.json',
    include: [],
    files: entrySources,
    compilerOptions: {
      // `npm run typecheck` finds the errors.
      noCheck: true,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: join(root, 'src'),
      outDir: folder,
    },
  }
  // It stands beside tsconfig.json, because the paths in both are meant from there.
  const path = `${folder}.json`
  writeFileSync(path, JSON.stringify(config))
  const compiler = join(root, 'node_modules/typescript7/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', path], { stdio: 'inherit' })
}
