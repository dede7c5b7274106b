// npm run release:check [-- v1.2.3]: what a release needs beside passing tests. Names everything that is missing, and exits with 1 then.
import { readdirSync, readFileSync } from 'node:fs'
import { packedFiles, relativeLinks } from './packedFiles'
import { readOptions } from './readOptions'
import { sectionOf } from './sectionOf'

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

/** What the package's documents lead to or show, and does not come with them. README is shown elsewhere, without any file beside it. */
const packed = packedFiles()
const isPacked = (path: string) => packed.some((file) => file === path || file.startsWith(`${path}/`))
const isPicture = (path: string) => /\.(png|svg|gif|jpe?g|webp)$/.test(path)
const lost = relativeLinks(packed).filter(
  ({ file, path }) => !isPacked(path) || (file === 'README.md' && isPicture(path)),
)
/** Notes that no version has taken yet. */
const notes = readdirSync('.changeset').filter((file) => file.endsWith('.md') && file !== 'README.md')

const missing = [
  ...ADDRESSES.filter((field) => !manifest[field]).map((field) => `package.json has no "${field}"`),
  ...(tag && tag !== `v${version}` ? [`the tag is ${tag}, the version of package.json ${version}`] : []),
  ...(sectionOf(read('CHANGELOG.md'), version) ? [] : [`CHANGELOG.md has no section "## ${version}"`]),
  ...lost.map(({ file, link }) => `${file} leads to ${link}, which is not shown there: make its address absolute`),
  ...notes.map((file) => `.changeset/${file} waits for npm run release:version`),
]
for (const line of missing) console.error(line)
console.log(
  missing.length ? `${manifest.name} ${version}: not ready` : `${manifest.name} ${version}: ready to be released`,
)
process.exitCode = missing.length ? 1 : 0
