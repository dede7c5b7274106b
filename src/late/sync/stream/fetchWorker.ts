import type { Clock } from '../../../browser/clock'

/** Fetches until what was announced has arrived, because a CDN may be behind the service. */
export interface FetchWorker<Kind> {
  /** Whether this change is newer than what is here, and than all that was announced. */
  isNews(kind: Kind, changeNumber: number): boolean
  /** Whether a change was announced that is not here yet. */
  isBehind(kind: Kind): boolean
  /** Says that a change was announced. If it is news, fetches now, or after so many ms if no fetch is going on yet. */
  request(kind: Kind, changeNumber: number, delayMs?: number): void
  /** Gives up on what was announced. */
  cancel(): void
}

interface FetchWorkerParts<Kind> {
  kinds: readonly Kind[]
  /** The change number of what is here. `isFetched`: a fetch for all that was announced has succeeded. */
  numberOf: (kind: Kind, isFetched: boolean) => number
  /** Resolves with whether it succeeded. `till` makes the address one that no CDN has an answer for. */
  fetch: (options: { noCache: true; till: number | undefined }) => Promise<boolean>
  /** The pause after the first attempt, ms. It doubles with each further one. */
  baseMs: number
  /** The longest pause, ms. */
  mostMs: number
  clock: Pick<Clock, 'after'>
}

/**
 * The CDN is asked so many times, and then the service past it as many times. After that the next announcement, or poll,
 * has to bring the change.
 */
const ATTEMPTS = 10

export function createFetchWorker<Kind extends string>(parts: FetchWorkerParts<Kind>): FetchWorker<Kind> {
  const { kinds, numberOf, baseMs, mostMs, clock } = parts
  /** The newest change of each kind that was announced. */
  const announced = new Map<Kind, number>()
  let attempt = 0
  let isFetched = false
  /** `abandoned`: the fetch is still going on, and nobody waits for it. Between two attempts the worker is `idle`. */
  let state: 'idle' | 'delayed' | 'fetching' | 'abandoned' = 'idle'
  let cancelWait = () => {}

  const isBehind = (kind: Kind) => (announced.get(kind) ?? -1) > numberOf(kind, isFetched)
  const isNews = (kind: Kind, changeNumber: number) =>
    changeNumber > Math.max(numberOf(kind, false), announced.get(kind) ?? -1)
  const end = (): void => {
    announced.clear()
    isFetched = false
  }
  const run = async (): Promise<void> => {
    state = 'fetching'
    const mine = ++attempt
    const kind = mine > ATTEMPTS ? kinds.find(isBehind) : undefined
    const isAnswered = await parts.fetch({
      noCache: true,
      till: kind && announced.get(kind),
    })
    const isAbandoned = (state as string) === 'abandoned'
    state = 'idle'
    if (isAbandoned) return
    // The answer to a request may be older than what was announced since.
    isFetched = isAnswered && attempt === mine
    if (!kinds.some(isBehind) || attempt === 2 * ATTEMPTS) return end()
    // The next attempt follows at once where another announcement set the count back meanwhile, and where it is the first past the CDN.
    if (attempt !== mine || attempt === ATTEMPTS) return void run()
    cancelWait = clock.after(Math.min(baseMs * 2 ** ((attempt - 1) % ATTEMPTS), mostMs), () => void run())
  }

  return {
    isNews,
    isBehind,
    request(kind, changeNumber, delayMs = 0) {
      if (!isNews(kind, changeNumber)) return
      announced.set(kind, changeNumber)
      if (state === 'delayed') return
      attempt = 0
      if (state !== 'idle') return void (state = 'fetching')
      cancelWait()
      if (!delayMs) return void run()
      state = 'delayed'
      cancelWait = clock.after(delayMs, () => void run())
    },
    cancel() {
      state = state === 'fetching' || state === 'abandoned' ? 'abandoned' : 'idle'
      cancelWait()
      end()
    },
  }
}
