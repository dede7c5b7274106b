import evaluator from './stryker.config.mjs'

/**
 * Mutation testing of delivery: npm run mutate:delivery. Of one file against its own spec, in some minutes: MUTATED=dedupe npm run
 * mutate:delivery -- --mutate src/late/delivery/dedupe.ts. Against the spec of the whole room as well: MUTATED='{hide,delivery}'.
 * A file of the floor around it has its spec one folder up: MUTATED=../http.
 */
export default {
  ...evaluator,
  vitest: { configFile: 'vitest.stryker.delivery.config.ts' },
  mutate: [
    'src/late/delivery/*.ts',
    'src/late/channels.ts',
    'src/impressions/packing.ts',
    '!src/late/delivery/{types,tools}.ts',
  ],
}
