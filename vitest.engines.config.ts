import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { memoryFolder } from './test/tools/memoryFolder.ts'

/** Begins with what is long: by their size alone, the files of test/engines would be last, and the end a wait for one of them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLong = ({ moduleId }: TestSpecification) => /engines\/\w+\.test|\/pageHide\.test/.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** The browser ring in the engine that ENGINE names, and what only concerns engines. `npm run test:engines` runs it. */
export default defineConfig({
  test: {
    name: process.env.ENGINE ?? 'chromium',
    environment: 'node',
    env: { TMPDIR: memoryFolder() },
    include: ['test/browser/**/*.test.ts', 'test/engines/**/*.test.ts'],
    exclude: [
      // No browser takes part in these.
      'test/browser/demo*.test.ts',
      // WebKitGTK's driver has no windows beside each other, no interception of requests, no functions of the test in the page, and
      // evaluates nothing under Trusted Types.
      ...(process.env.ENGINE === 'webkit'
        ? ['qa*', 'crowdedPage', 'contentPolicy', 'compat/*', 'integrations/*'].map(
            (name) => `test/browser/${name}.test.ts`,
          )
        : []),
    ],
    setupFiles: ['test/engines/expectKnownFailures.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for takes as long as a poll of definitions, not the second of the default.
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: LongestFirst },
    // Most of a file's time is waiting: more of them at once than there are cores.
    maxWorkers: 3,
  },
})
