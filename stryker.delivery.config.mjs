import evaluator from './stryker.config.mjs'

/**
 * Mutation testing of delivery: npm run mutate:delivery. Of one file, in minutes: npm run mutate:delivery -- --mutate
 * src/late/delivery/dedupe.ts
 */
export default {
  ...evaluator,
  vitest: { configFile: 'vitest.stryker.delivery.config.ts' },
  mutate: ['src/late/delivery/*.ts', 'src/impressions/{packing,note}.ts', '!src/late/delivery/{types,tools}.ts'],
}
