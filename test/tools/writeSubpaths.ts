import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

interface Target {
  readonly types: string
  readonly default: string
}

/**
 * Makes a folder for each entry of the package, `compat/package.json` and so on, which leads to its files in dist. Tools that do not
 * know `exports` look there: TypeScript's `node10`, webpack 4, Parcel, and what resolves as they do.
 */
export function writeSubpaths(root: string): void {
  for (const [name, { types, default: main }] of subpathsOf(root)) {
    const folder = join(root, name)
    const to = (path: string) => relative(folder, join(root, path)).replaceAll('\\', '/')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'package.json'),
      `${JSON.stringify({ type: 'module', main: to(main), types: to(types) }, null, 2)}\n`,
    )
  }
}

/** The entries beside the main one. A pattern of package.json stands for the files that it finds. */
export function subpathsOf(root: string): [name: string, target: Target][] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Target>
  }
  return Object.entries(exports).flatMap(([path, target]): [string, Target][] => {
    if (typeof target === 'string' || path === '.') return []
    if (!path.includes('*')) return [[path.slice(2), target]]
    const [folder = '', extension = ''] = target.default.split('*')
    return readdirSync(join(root, folder))
      .filter((file) => file.endsWith(extension))
      .map((file) => {
        const name = file.slice(0, -extension.length)
        const put = (text: string) => text.replace('*', name)
        return [put(path).slice(2), { types: put(target.types), default: put(target.default) }]
      })
  })
}
