// npm run test:schedules [-- --runs N] [--pages N] [--seed N]: random schedules of pages, posts, answers, hides and deaths, by the
// ten thousand. A schedule that loses or doubles something is printed, shrunk, with the seed that finds it again.
import { spawnSync } from 'node:child_process'
import { readOptions } from './readOptions'

const { runs, pages, seed } = readOptions(
  `usage: npm run test:schedules -- [--runs N] [--pages N] [--seed N]
  --runs N    how many schedules in all; 20,000 unless told
  --pages N   how many pages are open at most; 3 for three quarters of the schedules and 14 for the others unless told
  --seed N    of the generator; another one each time unless told`,
  { runs: 20_000, pages: 0, seed: 0 },
)
/** Kinds of servers, modes and engines: each has as many schedules. */
const CASES = 18
/** Schedules of a case in one process: after about 400 its memory is full. */
const MOST_EACH = 150

const shares = pages
  ? [{ pages, share: 1 }]
  : [
      { pages: 3, share: 0.75 },
      { pages: 14, share: 0.25 },
    ]
for (const { pages: most, share } of shares) {
  let left = Math.ceil((runs * share) / CASES)
  console.log(`${left * CASES} schedules of at most ${most} pages`)
  for (let slice = 0; left > 0; slice++) {
    const each = Math.min(left, MOST_EACH)
    left -= each
    const { status } = spawnSync(
      'npx',
      ['vitest', 'run', '--project', 'unit', 'test/unit/late/delivery/schedules.test.ts'],
      {
        stdio: 'inherit',
        shell: process.platform === 'win32',
        env: {
          ...process.env,
          SCHEDULES: String(each),
          PAGES: String(most),
          ...(seed && { SEED: String(seed + slice) }),
        },
      },
    )
    if (status !== 0) process.exit(status ?? 1)
  }
}
