import { relative } from 'node:path'
import { afterEach } from 'vitest'
import { engine } from '../browser/engine'
import { KNOWN_FAILURES, type KnownFailure } from './knownFailures'
import { tallyOf } from './tallyOf'

declare module 'vitest' {
  interface TaskMeta {
    /** The cause of a failure that was expected. */
    knownFailure?: string
  }
}

// This hook is the first, so that it runs after those of the file, of which one may fail as well.
afterEach(({ task }) => {
  const file = relative(process.cwd(), task.file.filepath)
  const known = KNOWN_FAILURES.find(
    (one) => one.engine === engine && one.file === file && one.names.includes(task.fullTestName),
  )
  const hasFailed = task.result?.state === 'fail'
  if (!known || (known.fails !== 'always' && !hasFailed)) return
  if (hasFailed && known.atMost && !task.result?.errors?.every((error) => isWithin(known.atMost, tallyOf(error))))
    return
  // Turns a failure into a pass, and a pass into a failure.
  Object.assign(task, { fails: true })
  if (hasFailed) task.meta.knownFailure = known.cause
})

function isWithin(most: KnownFailure['atMost'], found: ReturnType<typeof tallyOf>): boolean {
  return !!most && !!found && found.lost <= most.lost && found.doubled <= most.doubled
}
