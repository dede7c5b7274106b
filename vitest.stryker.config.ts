import { defineConfig } from 'vitest/config'

// What mutation testing of the evaluator runs for each mutant: no DOM, and few of the generated cases and conformance rows.
export default defineConfig({
  test: {
    environment: 'node',
    // Files share their imports: a mutant is tried in a fraction of the time.
    isolate: false,
    fileParallelism: false,
    pool: 'threads',
    // A test undoes what it replaced, as in vitest.config.ts.
    unstubGlobals: true,
    restoreMocks: true,
    setupFiles: ['test/unit/undoAll.ts'],
    env: { TZ: 'UTC', QUICK: '1' },
    include: ['test/unit/evaluation/**/*.test.ts', 'test/conformance/{evaluation,hash,semver}.test.ts'],
  },
})
