import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A link or picture of a document, by its address in the document and in the package. */
export interface RelativeLink {
  readonly file: string
  readonly link: string
  readonly path: string
}

/** The files that `npm publish` would take, without packing them. */
export function packedFiles(): string[] {
  const shell = process.platform === 'win32'
  const options = ['--dry-run', '--json', '--ignore-scripts', '--loglevel=error']
  const text = execFileSync('npm', ['pack', ...options], { encoding: 'utf8', shell })
  const [{ files }] = JSON.parse(text) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
}

/** What the documents among these files link to or show by an address that is not absolute. */
export function relativeLinks(files: readonly string[]): RelativeLink[] {
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link = '']) => ({
        file,
        link,
        path: join(dirname(file), link).replaceAll('\\', '/').replace(/\/$/, ''),
      })),
    )
}
