import { defineConfig } from 'vitest/config'

// What mutation testing of the evaluator runs: no DOM, and of the conformance rows those that are quick.
export default defineConfig({
  test: {
    environment: 'node',
    env: { TZ: 'UTC' },
    include: ['test/unit/evaluation/**/*.test.ts', 'test/conformance/{evaluation,hash,semver}.test.ts'],
  },
})
