import evaluator from './stryker.config.mjs'

/**
 * Mutation testing of delivery: npm run mutate:delivery. Of one file, in a minute or two: MUTATED=dedupe npm run mutate:delivery --
 * --mutate src/late/delivery/dedupe.ts. A file with a spec of its own name is held against that alone then.
 */
export default {
  ...evaluator,
  vitest: { configFile: 'vitest.stryker.delivery.config.ts' },
  mutate: ['src/late/delivery/*.ts', 'src/impressions/packing.ts', '!src/late/delivery/{types,tools}.ts'],
}
