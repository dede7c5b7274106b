import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { sectionOf } from '../tools/sectionOf'

/** By its address, as Node looks for a name where a process runs. */
const TSX = String(pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')))
const shell = process.platform === 'win32'
const { scripts, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
  version: string
}
const workflows = readdirSync('.github/workflows').map((file) => readFileSync(join('.github/workflows', file), 'utf8'))
const release = readFileSync('.github/workflows/release.yml', 'utf8')

const folder = mkdtempSync(join(tmpdir(), 'pennon-release-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a tool of `test/tools` in a folder. */
function run(cwd: string, tool: string, ...args: string[]) {
  const command = ['--import', TSX, resolve('test/tools', tool), ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8' })
  return { status, stdout, lines: stderr.trim().split('\n').filter(Boolean) }
}

describe('the workflows', () => {
  it('run scripts and tools that are there', () => {
    const steps = [...workflows, readFileSync('.ci/run', 'utf8')].join('\n')
    const named = [...steps.matchAll(/npm run (?:--?\S+ )*([\w:]+)/g)].map(([, name = '']) => name)
    expect(named).toEqual(expect.arrayContaining(['release:check', 'test:consumers']))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    const paths = [...steps.matchAll(/(?:tsx |run: )((?:test|\.ci)\/\S+)/g)].map(([, path = '']) => path)
    expect(paths).toEqual(expect.arrayContaining(['.ci/run', 'test/tools/releaseNotes.ts']))
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })

  it('put files into a release that are there, or that an earlier step writes', () => {
    const [before = '', line = ''] = release.split('gh release create ')
    const files = [...line.split('\n')[0]!.matchAll(/[\w./-]+\.(?:json|md)\b/g)].map(([file]) => file)
    expect(files).toEqual(expect.arrayContaining(['sbom.cdx.json', 'THIRD-PARTY-NOTICES.md', 'notes.md']))
    expect(files.filter((file) => !existsSync(file) && !before.includes(`> ${file}\n`))).toEqual([])
  })

  it('list what is in the package by a command that finds its three runtime packages', () => {
    const [, args = ''] = /npm (sbom [^>]*) >/.exec(release) ?? []
    const text = execFileSync('npm', args.split(' '), { encoding: 'utf8', shell })
    const { components } = JSON.parse(text) as { components: { name: string; version: string }[] }
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object }
    expect(components.map(({ name, version: found }) => [name, found]).sort()).toEqual(Object.entries(dependencies))
  })
})

describe('release:check', () => {
  const at = join(folder, 'checked')
  const manifest = { name: 'a', version: '1.2.3' }
  const write = (path: string, content: string | object) =>
    writeFileSync(join(at, path), typeof content === 'string' ? content : JSON.stringify(content))

  it('names exactly what is missing', () => {
    mkdirSync(join(at, '.changeset'), { recursive: true })
    mkdirSync(join(at, 'docs'))
    write('package.json', { ...manifest, files: ['docs/*.md'] })
    write('CHANGELOG.md', '# Changelog\n\n## 1.2.2\n\nOld.\n')
    write('README.md', '![the page](docs/page.png) ![b](https://example.com/b.png) [more](docs/more.md#part)\n')
    write('docs/more.md', '[back](../README.md) [other](other.md) ![the page](page.png)\n')
    write('docs/page.png', '')
    write('.changeset/one.md', '')
    const { status, stdout, lines } = run(at, 'releaseCheck.ts', 'v1.2.4')
    expect(lines.sort()).toEqual([
      '.changeset/one.md waits for npm run release:version',
      'CHANGELOG.md has no section "## 1.2.3"',
      'README.md leads to docs/page.png, which is not shown there: make its address absolute',
      'docs/more.md leads to other.md, which is not shown there: make its address absolute',
      'docs/more.md leads to page.png, which is not shown there: make its address absolute',
      'package.json has no "bugs"',
      'package.json has no "homepage"',
      'package.json has no "repository"',
      'the tag is v1.2.4, the version of package.json 1.2.3',
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'a 1.2.3: not ready\n' })
  })

  it('has nothing to say of what is ready', () => {
    const addresses = {
      repository: 'https://example.com/a',
      homepage: 'https://example.com',
      bugs: 'https://example.com/b',
    }
    write('package.json', { ...manifest, ...addresses, files: ['docs/*.md'] })
    write('CHANGELOG.md', '# Changelog\n\n## 1.2.3\n\nNew.\n')
    write('README.md', '![the page](https://example.com/page.png) [more](docs/more.md#part)\n')
    write('docs/more.md', '[back](../README.md)\n')
    rmSync(join(at, '.changeset/one.md'))
    expect(run(at, 'releaseCheck.ts', 'v1.2.3')).toEqual({
      status: 0,
      stdout: 'a 1.2.3: ready to be released\n',
      lines: [],
    })
  })
})

describe('the notes of a release', () => {
  it('are what the changelog says of its version, with links that lead to it', () => {
    const { status, stdout } = run('.', 'releaseNotes.ts', 'https://example.com/blob/v0')
    expect(status).toBe(0)
    const [, after = ''] = readFileSync('CHANGELOG.md', 'utf8').split(`## ${version}\n`)
    const [first = ''] = after.trim().split('\n')
    expect(stdout.split('\n')[0]).toBe(first.replaceAll('](docs', '](https://example.com/blob/v0/docs'))
    expect(stdout).not.toMatch(/^## /m)
    expect(stdout).not.toMatch(/\]\((?!https?:|#)/)
  })

  it('end where the next version or the foot begins', () => {
    const changelog = '# Changelog\n\n## 2.0.0\n\n### Added\n\n- One.\n\n## 1.0.0\n\n- Two.\n\n---\n\nThe foot.\n'
    expect(sectionOf(changelog, '2.0.0')).toBe('### Added\n\n- One.')
    expect(sectionOf(changelog, '1.0.0')).toBe('- Two.')
    expect(sectionOf(changelog, '1.0')).toBeUndefined()
  })
})
