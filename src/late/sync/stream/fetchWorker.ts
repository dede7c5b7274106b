import type { Clock } from '../../../browser/clock'

/** Fetches until what was announced has arrived: a CDN may be behind its service. */
export interface FetchWorker {
  /** Something newer was announced. Starts now, or after so many ms if nothing is on the way yet. */
  request(delayMs?: number): void
  /** Gives up on what was announced. */
  cancel(): void
}

interface FetchWorkerParts {
  /** @param isBypass the address is to be one that no CDN has an answer for */
  fetch: (isBypass: boolean) => Promise<unknown>
  isReached: () => boolean
  /** Nothing is waited for any more: it arrived, never came, or was given up. What is announced next counts, whatever its number. */
  onEnd: () => void
  baseMs: number
  mostMs: number
  clock: Pick<Clock, 'after'>
}

/** How often the CDN is asked, and then the service past it. After that the next announcement, or poll, has to bring the change. */
const ATTEMPTS = 10

export function createFetchWorker({ fetch, isReached, onEnd, baseMs, mostMs, clock }: FetchWorkerParts): FetchWorker {
  let attempt = 0
  let isFetching = false
  let isDelayed = false
  let isCancelled = false
  let cancelWait = () => {}

  const run = async (): Promise<void> => {
    isDelayed = false
    isFetching = true
    const mine = ++attempt
    await fetch(mine > ATTEMPTS)
    isFetching = false
    if (isCancelled) return
    if (isReached() || attempt === 2 * ATTEMPTS) return onEnd()
    // The next attempt follows at once after another announcement, which set the count back, and when the CDN is to be bypassed.
    if (attempt !== mine || attempt === ATTEMPTS) return void run()
    cancelWait = clock.after(Math.min(baseMs * 2 ** ((attempt - 1) % ATTEMPTS), mostMs), () => void run())
  }

  return {
    request(delayMs = 0) {
      isCancelled = false
      if (isDelayed) return
      attempt = 0
      if (isFetching) return
      cancelWait()
      if (!delayMs) return void run()
      isDelayed = true
      cancelWait = clock.after(delayMs, () => void run())
    },
    cancel() {
      isCancelled = true
      isDelayed = false
      cancelWait()
      onEnd()
    },
  }
}
