import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Browser files that take longest: by their size alone some of them would be last, and the end a wait for one of them. */
const LONG = /\/(pageHide|delivery|streamFaults|polling|qaFaults|compat|definitionsCache|qaFlags)\.test\.ts$/

/**
 * Begins with what is long, and puts the files that need a DOM last: a worker has one environment, and whatever the next file imports
 * is read anew in another one.
 */
export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rankOf = ({ moduleId }: TestSpecification) => (LONG.test(moduleId) ? 0 : needsDom(moduleId) ? 2 : 1)
    const sorted = await super.sort(files)
    // Projects stay apart, in the order of their names.
    return sorted.sort((a, b) => a.project.name.localeCompare(b.project.name) || rankOf(a) - rankOf(b))
  }
}

function needsDom(path: string): boolean {
  return readFileSync(path, 'utf8').startsWith('// @vitest-environment')
}
