import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import evaluator from './vitest.stryker.config'

const own = `test/unit/late/delivery/${process.env.MUTATED ?? ''}.test.ts`

// What mutation testing of delivery runs for each mutant: the spec of the mutated file, where it has one, else everything of that room
// in Node, with few of the random schedules.
export default defineConfig({
  test: {
    ...evaluator.test,
    env: { TZ: 'UTC', SCHEDULES: '2', SEED: '1' },
    include: existsSync(own)
      ? [own]
      : ['test/unit/late/delivery/*.test.ts', 'test/unit/impressions/{pack,formats,note,columns,counter}.test.ts'],
  },
})
