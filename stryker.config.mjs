/** Mutation testing of the evaluator: npm run mutate. The report is in reports/mutation. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.stryker.config.ts' },
  mutate: ['src/evaluation/**/*.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  ignoreStatic: false,
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
  timeoutMS: 5_000,
}
