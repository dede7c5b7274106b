import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { LEFT_OUT } from './test/engines/leftOut.ts'
import { memoryFolder } from './test/tools/memoryFolder.ts'

/** Begins with what is long: by their size alone, the files of test/engines would be last, and the end a wait for one of them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLong = ({ moduleId }: TestSpecification) => /engines\/\w+\.test|\/pageHide\.test/.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

const engine = process.env.ENGINE ?? 'chromium'

/** The browser ring in the engine that ENGINE names, and what only concerns engines. `npm run test:engines` runs it. */
export default defineConfig({
  test: {
    name: engine,
    environment: 'node',
    env: { TMPDIR: memoryFolder() },
    include: ['test/browser/**/*.test.ts', 'test/engines/**/*.test.ts'],
    exclude: LEFT_OUT.filter((one) => one.engine === engine).map(({ path }) => `${path}*.test.ts`),
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
