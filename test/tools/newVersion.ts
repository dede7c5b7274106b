// npm run release:version: moves the notes of .changeset to CHANGELOG.md, and writes the version that they make wherever one stands.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readOptions } from './readOptions'

const shell = process.platform === 'win32'
const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'inherit', shell })
const replace = (path: string, pattern: RegExp, text: string) =>
  writeFileSync(path, readFileSync(path, 'utf8').replace(pattern, text))

const readVersion = () => (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version

readOptions('usage: npm run release:version', {})
const before = readVersion()
run('npm', 'run', '--silent', 'changeset', 'version')
const version = readVersion()
if (version === before) {
  console.error(`pennon ${version}: nothing to release, as no note in .changeset asks for a new version`)
  process.exit(1)
}
replace('src/shared/version.ts', /pennon-\d[^']*/, `pennon-${version}`)
for (const { name } of readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory()))
  replace(`examples/${name}/package.json`, /"pennon": "[^"]*"/, `"pennon": "${version}"`)
run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund')
console.log(`pennon ${version}: read what changed, commit it, and tag it v${version}`)
