import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface Lock {
  readonly packages: Record<string, { version?: string; resolved?: string; integrity?: string; link?: boolean }>
}

const lockFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return /^(\.|node_modules$)/.test(entry.name) ? [] : lockFiles(join(folder, entry.name))
    return entry.name === 'package-lock.json' ? join(folder, entry.name) : []
  })

/**
 * Without its address, npm looks every package up in the registry first, which is two thirds of what `npm ci` computes. An address of
 * npm's own registry stands for the registry that npm is set to; one of another registry would bind everybody to that.
 */
it('lock files have the address of every package, in the registry of npm', () => {
  const found = ['bench', 'docs', 'test'].flatMap(lockFiles)
  expect(found).toEqual(expect.arrayContaining([join('test', 'mutation', 'package-lock.json')]))
  for (const file of ['package-lock.json', ...found]) {
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as Lock
    const others = Object.entries(packages).filter(
      ([path, { resolved, link }]) =>
        path.includes('node_modules/') && !link && !resolved?.startsWith('https://registry.npmjs.org/'),
    )
    expect(others, file).toEqual([])
  }
})
