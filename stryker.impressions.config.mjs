import evaluator from './stryker.config.mjs'

/** Mutation testing of impressions: npm run mutate:impressions. */
export default {
  ...evaluator,
  vitest: { configFile: 'vitest.stryker.impressions.config.ts' },
  mutate: ['src/impressions/*.ts', '!src/impressions/{types,packing}.ts'],
}
