import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { ENGINES } from './test/browser/engine.ts'
import { LEFT_OUT } from './test/engines/leftOut.ts'
import { memoryFolder } from './test/tools/memoryFolder.ts'

/**
 * Begins with what is long: by their size alone, the files of test/engines would be last, and the end a wait for one of them. The engines
 * take turns, so that no browser stands beside five more of its kind.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLong = ({ moduleId }: TestSpecification) => /engines\/\w+\.test|\/pageHide\.test/.test(moduleId)
    const sorted = await super.sort(files)
    const first = [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
    const turns = first.map((file, at) => first.slice(0, at).filter(({ project }) => project === file.project).length)
    return first
      .map((file, at) => ({ file, turn: turns[at] ?? 0 }))
      .sort((a, b) => a.turn - b.turn)
      .map(({ file }) => file)
  }
}

/** The browser ring in other engines, and what only concerns engines, a project each. `npm run test:engines` runs it. */
export default defineConfig({
  test: {
    environment: 'node',
    setupFiles: ['test/engines/expectKnownFailures.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for takes as long as a poll of definitions, not the second of the default.
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: LongestFirst },
    projects: ENGINES.map((engine) => ({
      extends: true,
      test: {
        name: engine,
        env: { ENGINE: engine, TMPDIR: memoryFolder() },
        // `npm test` runs the browser ring in Chromium.
        include: [...(engine === 'chromium' ? [] : ['test/browser/**/*.test.ts']), 'test/engines/**/*.test.ts'],
        exclude: LEFT_OUT.filter((one) => one.engine === engine).map(({ path }) => `${path}*.test.ts`),
      },
    })),
  },
})
