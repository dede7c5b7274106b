import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from './createDatabase'

const dayMs = 86_400_000
/** Time between two sweeps, ms: nobody needs the ninety days to the minute. */
const everyMs = 600_000

export type Retention = ReturnType<typeof createRetention>

/** Deletes what was received too long ago, in the background and in slices, so that what arrives does not wait. */
export function createRetention({
  database,
  days,
  onDeleted,
  now = Date.now,
}: {
  database: Database
  days: number
  onDeleted: (deleted: number) => void
  now?: () => number
}) {
  let deleted = 0
  let isStopped = false
  let running: Promise<void> | undefined

  async function sweep() {
    const before = now() - days * dayMs
    while (!isStopped) {
      const slice = database.forget(before)
      if (slice === 0) return
      deleted += slice
      onDeleted(slice)
      await turn()
    }
  }

  /** The sweep that is going on: there is one at a time. */
  const run = () => (running ??= sweep().finally(() => (running = undefined)))
  const timer = setInterval(() => void run(), everyMs).unref()

  return {
    days,
    /** The number of rows deleted since the server started. */
    deleted: () => deleted,
    run,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
