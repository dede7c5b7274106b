import evaluator from './stryker.config.mjs'

const [, mutated = 'src/late/delivery/*.ts'] = /--mutate[ =](\S+)/.exec(process.argv.join(' ')) ?? []
// The tests learn which file is mutated from the environment of their process.
process.env.MUTATED = /(\w+)\.ts/.exec(mutated)?.[1] ?? ''

/**
 * Mutation testing of delivery: npm run mutate:delivery. Of one file, in a few minutes: npm run mutate:delivery -- --mutate
 * src/late/delivery/dedupe.ts. A file with a spec of its own name is held against that alone.
 */
export default {
  ...evaluator,
  vitest: { configFile: 'vitest.stryker.delivery.config.ts' },
  mutate: ['src/late/delivery/*.ts', 'src/impressions/packing.ts', '!src/late/delivery/{types,tools}.ts'],
}
