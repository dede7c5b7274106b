// npm run release:check [-- v1.2.3]: what a release needs beside passing tests. Names everything that is missing, and exits with 1 then.
import { readdirSync, readFileSync } from 'node:fs'
import { readOptions } from './readOptions'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly [field: string]: unknown
}

/** What npm and the page of a package show, and nobody can guess. */
const ADDRESSES = ['repository', 'homepage', 'bugs']

const {
  _: [tag],
} = readOptions(
  `usage: npm run release:check [-- TAG]
  TAG   has to be the version of package.json, such as v1.2.3`,
  { _: [] },
)
const read = (path: string) => readFileSync(path, 'utf8')
const manifest = JSON.parse(read('package.json')) as Manifest
const { version } = manifest

/** Pictures that a page which shows README elsewhere cannot find. */
const pictures = [...read('README.md').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].flatMap(([, path = '']) =>
  path.startsWith('https:') ? [] : [path],
)
/** Notes that no version has taken yet. */
const notes = readdirSync('.changeset').filter((file) => file.endsWith('.md') && file !== 'README.md')

const missing = [
  ...ADDRESSES.filter((field) => !manifest[field]).map((field) => `package.json has no "${field}"`),
  ...(tag && tag !== `v${version}` ? [`the tag is ${tag}, the version of package.json ${version}`] : []),
  ...(read('CHANGELOG.md').includes(`\n## ${version}\n`) ? [] : [`CHANGELOG.md has no section "## ${version}"`]),
  ...pictures.map((path) => `README.md shows ${path} by an address that is not absolute`),
  ...notes.map((file) => `.changeset/${file} waits for npm run release:version`),
]
for (const line of missing) console.error(line)
console.log(
  missing.length ? `${manifest.name} ${version}: not ready` : `${manifest.name} ${version}: ready to be released`,
)
process.exitCode = missing.length ? 1 : 0
