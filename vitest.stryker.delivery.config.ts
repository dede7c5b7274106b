import { defineConfig } from 'vitest/config'
import evaluator from './vitest.stryker.config'

const { MUTATED: own } = process.env

// What mutation testing of delivery runs for each mutant: the specs that are named, else everything of that room in Node, with few of
// the random schedules.
export default defineConfig({
  test: {
    ...evaluator.test,
    env: { TZ: 'UTC', SCHEDULES: '2', SEED: '1' },
    include: own
      ? [`test/unit/late/delivery/${own}.test.ts`]
      : [
          'test/unit/late/{channels,delivery/*}.test.ts',
          'test/unit/impressions/{pack,formats,note,columns,counter}.test.ts',
        ],
  },
})
