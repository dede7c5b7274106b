import { defineConfig } from 'vitest/config'
import evaluator from './vitest.stryker.config'

// What mutation testing of impressions runs for each mutant: that room's tests, and the rows of the official SDK.
export default defineConfig({
  test: {
    ...evaluator.test,
    include: ['test/unit/impressions/**/*.test.ts', 'test/conformance/impressions.test.ts'],
  },
})
