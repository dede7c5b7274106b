// npm run test:schedules [-- --runs N] [--pages N] [--seed N]: random schedules of pages, posts, answers, hides and deaths, by the
// ten thousand. A schedule that loses or doubles something is printed, shrunk, with the seed that finds it again.
import { spawnSync } from 'node:child_process'
import { readOptions } from '../../bench/readOptions'

const { runs, pages, seed } = readOptions(
  `usage: npm run test:schedules -- [--runs N] [--pages N] [--seed N]
  --runs N    how many schedules in all; 20,000 unless told
  --pages N   how many pages are open at most; 3 for three quarters of the schedules and 14 for the others unless told
  --seed N    of the generator; another one each time unless told`,
  { runs: 20_000, pages: 0, seed: 0 },
)
/** Kinds of servers, modes and engines: each has as many schedules. */
const CASES = 18

const shares = pages
  ? [{ pages, share: 1 }]
  : [
      { pages: 3, share: 0.75 },
      { pages: 14, share: 0.25 },
    ]
for (const { pages: most, share } of shares) {
  const each = Math.ceil((runs * share) / CASES)
  console.log(`${each * CASES} schedules of at most ${most} pages`)
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--project', 'unit', 'test/unit/late/delivery/schedules.test.ts'],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, SCHEDULES: String(each), PAGES: String(most), ...(seed && { SEED: String(seed) }) },
    },
  )
  if (status !== 0) process.exit(status ?? 1)
}
