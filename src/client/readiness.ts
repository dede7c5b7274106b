import type { Status } from './types'

export type Milestone = 'readyFromCache' | 'ready' | 'timeout'

/** The readiness of one client: what was reached, each once, and who waits for it. */
export interface Readiness {
  /** What was reached. Plain members: every decision looks at them. */
  readonly reached: Readonly<Record<Milestone, boolean>>
  /** Decisions are possible. */
  reachCache(): void
  /** The service confirmed definitions and memberships. */
  reachReady(): void
  whenReady(): Promise<Status>
  whenReadyFromCache(): Promise<Status>
  /** Lets go of the timer and of everybody who waits. */
  stop(): void
}

interface ReadinessParts {
  /** 0 = no deadline. */
  timeoutMs: number
  emit: (milestone: Milestone) => void
  status: () => Status
}

export function createReadiness({ timeoutMs, emit, status }: ReadinessParts): Readiness {
  const reached: Record<Milestone, boolean> = { readyFromCache: false, ready: false, timeout: false }
  let isStopped = false
  let waiting: { isForCache: boolean; resolve: (status: Status) => void }[] = []
  // One deadline over storage and network, from creation on.
  const timer = timeoutMs ? setTimeout(() => reach('timeout'), timeoutMs) : undefined

  const isOver = (isForCache: boolean) =>
    isStopped || reached.ready || reached.timeout || (isForCache && reached.readyFromCache)

  const release = () => {
    const now = status()
    const released = waiting.filter(({ isForCache }) => isOver(isForCache))
    waiting = waiting.filter(({ isForCache }) => !isOver(isForCache))
    for (const { resolve } of released) resolve(now)
  }

  // Everything is recorded before anybody hears of it: a listener that asks, or throws, finds or leaves a whole state.
  const reach = (...milestones: Milestone[]) => {
    const fresh = isStopped ? [] : milestones.filter((milestone) => !reached[milestone])
    if (!fresh.length) return
    for (const milestone of fresh) reached[milestone] = true
    if (reached.ready) clearTimeout(timer)
    release()
    for (const milestone of fresh) emit(milestone)
  }

  const when = (isForCache: boolean): Promise<Status> =>
    isOver(isForCache) ? Promise.resolve(status()) : new Promise((resolve) => waiting.push({ isForCache, resolve }))

  return {
    reached,
    reachCache: () => reach('readyFromCache'),
    reachReady: () => reach('readyFromCache', 'ready'),
    whenReady: () => when(false),
    whenReadyFromCache: () => when(true),
    stop() {
      isStopped = true
      clearTimeout(timer)
      release()
    },
  }
}
