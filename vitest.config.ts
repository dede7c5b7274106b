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
          // What is waited for takes as long as a poll of definitions, not the second of the default.
          expect: { poll: { timeout: 10_000 } },
          fileParallelism: false,
        },
      },
      // The package as it is published: its types, its command, what applications make of it.
      {
        test: {
          name: 'package',
          environment: 'node',
          include: ['test/{cli,consumer,docs,types}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text'] },
  },
})
