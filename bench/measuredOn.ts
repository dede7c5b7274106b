import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../test/tools/chromium'

interface Package {
  readonly version: string
  readonly dependencies: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const packageIn = (folder: string) => JSON.parse(readFileSync(`${root}${folder}package.json`, 'utf8')) as Package
/** What git prints; nothing where the sources came without their history. */
const git = (...args: string[]) => (spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout ?? '').trim()

/** What was measured, with its commit, beside which packages, and on which machine. */
export function measuredOn(peers: readonly string[]): string {
  const { version, devDependencies } = packageIn('')
  const versions: Record<string, string> = { ...devDependencies, ...packageIn('bench/peers/').dependencies }
  const commit = git('rev-parse', '--short=7', 'HEAD')
  const changes = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json') && ' and changes'
  const pennon = `pennon ${version}${commit && ` (${commit}${changes})`}`

  const [cpu] = cpus()
  const chromium = findChromium()
  const browser = chromium
    ? execFileSync(chromium, ['--version'], { encoding: 'utf8' })
        .trim()
        .split(/ built/)[0]
    : 'no Chromium'
  const machine = `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release().split('-')[0]}`
  return `${[pennon, ...peers.map((peer) => `${peer} ${versions[peer]}`)].join(', ')}; ${machine}, Node ${process.version}, ${browser}`
}
