import type { Clock } from '../../browser/clock'

/** Work that is done again and again, with a pause after each time. */
export interface Paced {
  /** Does it now, or after the pause. Who asks before it begins shares it. */
  readonly run: () => Promise<void>
  /** Ends the pause. Resolves when what waited for it is done. */
  stop(): Promise<void> | undefined
}

/** The pause after each time, ms: a storm of answers must not become a storm of transactions. */
const PAUSE_MS = 300

/**
 * @param work never rejects
 * @param isStopped there are no pauses any more
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
    // Browsers round, and fire a timer up to a millisecond early: what is left of the pause is waited for.
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
