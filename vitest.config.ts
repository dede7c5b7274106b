import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      // Pure logic; a DOM where one is needed.
      { test: { name: 'unit', environment: 'happy-dom', include: ['test/unit/**/*.test.ts'] } },
      // Rows of data from the official implementation. Dates given to string matchers are in UTC there.
      {
        test: {
          name: 'conformance',
          environment: 'node',
          env: { TZ: 'UTC' },
          include: ['test/conformance/**/*.test.ts'],
        },
      },
      // The built bundle in real Chromium, against the local server: navigation, beacons, IndexedDB.
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text'] },
  },
})
