import type { Status } from './types'

type Milestone = 'readyFromCache' | 'ready' | 'timeout'

/** The readiness of one client: what was reached, each once, and who waits for it. */
export interface Readiness {
  has(milestone: Milestone): boolean
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
  const reached = new Set<Milestone>()
  let isStopped = false
  let waitingForReady: ((status: Status) => void)[] = []
  let waitingForCache: ((status: Status) => void)[] = []
  // One deadline over storage and network, from creation on.
  const timer = timeoutMs ? setTimeout(() => reach('timeout'), timeoutMs) : undefined

  const release = () => {
    const now = status()
    const isDone = isStopped || reached.has('ready') || reached.has('timeout')
    const waiting = isDone ? [...waitingForCache, ...waitingForReady] : waitingForCache
    waitingForCache = []
    if (isDone) waitingForReady = []
    for (const resolve of waiting) resolve(now)
  }

  // Everything is recorded before anybody hears of it: a listener that asks, or throws, finds or leaves a whole state.
  const reach = (...milestones: Milestone[]) => {
    const fresh = isStopped ? [] : milestones.filter((milestone) => !reached.has(milestone))
    if (!fresh.length) return
    for (const milestone of fresh) reached.add(milestone)
    if (reached.has('ready')) clearTimeout(timer)
    release()
    for (const milestone of fresh) emit(milestone)
  }

  return {
    has: (milestone) => reached.has(milestone),
    reachCache: () => reach('readyFromCache'),
    reachReady: () => reach('readyFromCache', 'ready'),
    whenReady: () =>
      isStopped || reached.has('ready') || reached.has('timeout')
        ? Promise.resolve(status())
        : new Promise((resolve) => waitingForReady.push(resolve)),
    whenReadyFromCache: () =>
      isStopped || reached.size > 0
        ? Promise.resolve(status())
        : new Promise((resolve) => waitingForCache.push(resolve)),
    stop() {
      isStopped = true
      clearTimeout(timer)
      release()
    },
  }
}
