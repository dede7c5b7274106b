import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SDK_VERSION } from '../../../src/shared/version'

const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content
const { version } = read<{ version: string }>('package.json')

it('is that of package.json', () => {
  expect(SDK_VERSION).toBe(`pennon-${version}`)
})

it('is that of the lock file, and what the examples install', () => {
  const lock = read<{ version: string; packages: { '': { version: string } } }>('package-lock.json')
  expect([lock.version, lock.packages[''].version]).toEqual([version, version])
  const examples = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const installed = examples.map(({ name }) => [
    name,
    read<{ dependencies: { pennon: string } }>(`examples/${name}/package.json`).dependencies.pennon,
  ])
  expect(installed.length).toBeGreaterThan(7)
  expect(installed.filter(([, one]) => one !== version)).toEqual([])
})
