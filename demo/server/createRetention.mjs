// @ts-check
import { setImmediate as turn } from 'node:timers/promises'

const dayMs = 86_400_000
/** Ninety days do not end at a minute. */
const everyMs = 600_000

/**
 * Deletes what was received too long ago, in the background and in slices, so that what arrives does not wait.
 *
 * @param {object} parts
 * @param {ReturnType<import('./createDatabase.mjs').createDatabase>} parts.database
 * @param {number} parts.days
 * @param {(deleted: number) => void} parts.onDeleted
 * @param {() => number} [parts.now]
 */
export function createRetention({ database, days, onDeleted, now = Date.now }) {
  let deleted = 0
  let isStopped = false
  /** @type {Promise<void> | undefined} */
  let running

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

  /** One sweep at a time. */
  const run = () => (running ??= sweep().finally(() => (running = undefined)))
  const timer = setInterval(run, everyMs).unref()

  return {
    days,
    /** Rows deleted since the server started. */
    deleted: () => deleted,
    run,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
