// npm run docs: the documentation site, from docs/, README and the types of every entry, into docs/site/.vitepress/dist.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { installApart } from './apart'
import { readOptions } from './readOptions'

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = `${root}docs`
const site = `${docs}/site`
/** What the site is made of, and nobody edits. */
const pages = `${site}/pages`

const run = (cwd: string, command: string, ...args: string[]) => execFileSync(command, args, { cwd, stdio: 'inherit' })

/** Documents at the root of the repository, and their pages. */
const ROOT_PAGES = {
  'README.md': 'readme.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  LICENSE: 'license.md',
}

/** The guides, and those of the root beside them: where a link leads to another folder in the repository, it does not here. */
function writeGuides(): void {
  rmSync(pages, { recursive: true, force: true })
  for (const name of readdirSync(docs)) {
    if (!['api', 'site'].includes(name)) cpSync(`${docs}/${name}`, `${pages}/${name}`, { recursive: true })
    // A link to a picture is none that the generator follows.
    if (name.endsWith('.png')) cpSync(`${docs}/${name}`, `${pages}/public/${name}`)
  }
  renameSync(`${pages}/decisions/README.md`, `${pages}/decisions/index.md`)
  for (const name of ['index.md', 'playground.md']) cpSync(`${site}/${name}`, `${pages}/${name}`)
  for (const [name, page] of Object.entries(ROOT_PAGES)) cpSync(`${root}${name}`, `${pages}/${page}`)
  // A licence has no heading, by which a page is listed, and its lines are broken and indented by hand.
  writeFileSync(`${pages}/license.md`, `# License\n\n\`\`\`text\n${readFileSync(`${root}LICENSE`, 'utf8')}\`\`\`\n`)
  for (const name of readdirSync(pages).filter((file) => file.endsWith('.md'))) {
    let text = readFileSync(`${pages}/${name}`, 'utf8')
      .replaceAll('](docs/', '](./')
      .replaceAll('](../', '](./')
      .replaceAll('decisions/README.md', 'decisions/index.md')
    for (const [file, page] of Object.entries(ROOT_PAGES)) {
      text = text.replaceAll(`](${file}`, `](./${page}`).replaceAll(`](./${file}`, `](./${page}`)
    }
    writeFileSync(`${pages}/${name}`, text)
  }
}

/** One page for each entry of the package, from its declarations as they are published. */
function writeReference(): void {
  const entries = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts') && !/^(cli|chunks)/.test(file))
    // What several entries export is described at the first of them: at `pennon`, the one that most readers import.
    .sort((a, b) => Number(b === 'index.d.ts') - Number(a === 'index.d.ts'))
    .map((file) => `${root}dist/${file}`)
  // Its plugin of this folder is TypeScript.
  run(site, 'node', '--import', 'tsx', 'node_modules/typedoc/bin/typedoc', ...entries)
}

readOptions('usage: npm run docs', {})
installApart(site)
run(root, 'npm', 'run', '--silent', 'build')
run(site, 'npx', 'tsc', '-p', '.')
writeGuides()
writeReference()
run(site, 'npx', 'vitepress', 'build')
console.log('built: docs/site/.vitepress/dist (npm run docs:serve shows it)')
