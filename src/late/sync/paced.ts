import type { Clock } from '../../browser/clock'

/** Work that is done again and again, with a pause after each time. */
export interface Paced {
  /** Does the work now, or after the pause. Calls that come before it begins share one run. */
  readonly run: () => Promise<void>
  /** Ends the pause. Resolves when work that waited for it is done. */
  stop(): Promise<void> | undefined
}

/** The pause after each time, ms: a storm of answers must not become a storm of transactions. */
const PAUSE_MS = 300

/**
 * @param work never rejects
 * @param isStopped `true` ends all pauses
 */
export function createPaced(
  work: () => Promise<void>,
  isStopped: () => boolean,
  clock: Pick<Clock, 'elapsed' | 'after'>,
): Paced {
  let waiting: Promise<void> | undefined
  /** Resolves when the next work may begin. */
  let pause = Promise.resolve()
  let endPause = () => {}

  const rest = async () => {
    const end = clock.elapsed() + PAUSE_MS
    // Browsers round, and may fire a timer up to a millisecond early: the loop waits for the rest of the pause.
    while (!isStopped() && clock.elapsed() < end) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(end - clock.elapsed(), resolve, true)
        endPause = () => {
          cancel()
          resolve()
        }
      })
    }
  }

  return {
    run: () =>
      (waiting ??= pause.then(() => {
        waiting = undefined
        const done = work()
        // The pause is counted from the end of the work, because preparing a write takes now more, now less time.
        pause = done.then(rest)
        return done
      })),
    stop() {
      endPause()
      return waiting
    },
  }
}
