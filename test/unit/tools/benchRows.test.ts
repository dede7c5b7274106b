import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it.each([
  ['pagehide/main.ts', ['--only', 'close,navigate'], 'navigate or close or crash'],
  ['pagehide/main.ts', ['--outages', '--only', 'nope'], '30 tabs closed at once'],
  ['scale.ts', ['--only', 'nope'], 'keys, updates, flags'],
])(
  'bench/%s %s: no row is asked for, so that it says which there are, and measures nothing',
  (file, args, possible) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', `bench/${file}`, ...args], {
      encoding: 'utf8',
    })
    expect(stderr).toContain(possible)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  },
)
