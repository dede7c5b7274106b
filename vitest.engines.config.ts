import { defineConfig } from 'vitest/config'

/** The browser ring in the engine that ENGINE names, and what only concerns engines. `npm run test:engines` runs it. */
export default defineConfig({
  test: {
    name: process.env.ENGINE ?? 'chromium',
    environment: 'node',
    include: ['test/browser/**/*.test.ts', 'test/engines/**/*.test.ts'],
    // No browser takes part in these.
    exclude: ['test/browser/demo*.test.ts'],
    setupFiles: ['test/engines/expectKnownFailures.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for takes as long as a poll of definitions, not the second of the default.
    expect: { poll: { timeout: 10_000 } },
    // Most of a file's time is waiting: more of them at once than there are cores.
    maxWorkers: 3,
  },
})
