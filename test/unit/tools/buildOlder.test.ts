import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('says in one line that a clone without the history cannot build an earlier state', () => {
  const script = "import('./bench/buildOlder.ts').then(({ buildOlder }) => buildOlder('0000000'))"
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
    encoding: 'utf8',
  })
  expect(stderr).toBe(
    'An earlier state is built from the history, and this clone lacks 0000000: git fetch --unshallow\n',
  )
  expect(stdout).toBe('')
  expect(status).toBe(1)
})
