import { defineConfig } from 'vitest/config'
import { FileOrder } from './test/tools/fileOrder.ts'
import { memoryFolder } from './test/tools/memoryFolder.ts'

// A test that asserts nothing cannot fail. One in a browser may also end with a wait that has a time-out.
const expect = { requireAssertions: true }

export default defineConfig({
  test: {
    // More than the cores of a small machine: a browser test mostly waits.
    maxWorkers: 4,
    // These only end what hangs: some tests start processes or a compiler, beside whatever else the machine does.
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    // The files of a worker share what they import, which is half the cost of them: so none may leave a global behind.
    isolate: false,
    sequence: { sequencer: FileOrder },
    unstubGlobals: true,
    restoreMocks: true,
    projects: [
      // Pure logic. A file that needs a DOM says so in its first line.
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          expect,
          setupFiles: ['test/unit/undoAll.ts'],
          include: ['test/unit/**/*.test.ts'],
        },
      },
      // Rows of data from the official implementation. Dates given to string matchers are in UTC there.
      {
        extends: true,
        test: {
          name: 'conformance',
          environment: 'node',
          expect,
          env: { TZ: 'UTC' },
          setupFiles: ['test/unit/undoAll.ts'],
          include: ['test/conformance/**/*.test.ts'],
        },
      },
      // The built bundle in real Chromium, against the local server: navigation, beacons, IndexedDB. Each file has a server and a
      // browser of its own, so that files can run beside each other.
      {
        extends: true,
        test: {
          name: 'browser',
          environment: 'node',
          env: { TMPDIR: memoryFolder() },
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // The package as it is published: its types, its command, its documents.
      {
        extends: true,
        test: {
          name: 'package',
          environment: 'node',
          expect,
          include: ['test/{cli,docs,package,types}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // What applications make of the package: projects of their own, which install it. Run by `npm run test:consumers`.
      {
        extends: true,
        test: {
          name: 'consumers',
          environment: 'node',
          include: ['test/consumer/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text'] },
  },
})
