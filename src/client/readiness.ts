import { clock } from '../browser/clock'
import type { Status } from './types/events'

export type Milestone = 'readyFromCache' | 'ready' | 'timeout'

/** The readiness of one client: its milestones, each reached at most once, and the promises that wait for them. */
export interface Readiness {
  /** The milestones that were reached. They are plain members because every decision reads them. */
  readonly reached: Readonly<Record<Milestone, boolean>>
  /** Reaches `readyFromCache`: decisions are possible. */
  reachCache(): void
  /** Reaches `ready`, and `readyFromCache` with it: the service confirmed definitions and memberships. */
  reachReady(): void
  /** Reaches `timeout` before its deadline, unless ready: the service refuses, or will not be asked any more. */
  giveUp(): void
  /** Resolves at `ready`, at `timeout` or at `stop()`. */
  whenReady(): Promise<Status>
  /** Resolves at `readyFromCache`, at `timeout` or at `stop()`. */
  whenReadyFromCache(): Promise<Status>
  /** Resolves both promises and stops the timer. No milestone is reached afterwards. */
  stop(): void
}

interface ReadinessParts {
  /** Deadline for `ready`, counted from creation; 0 = no deadline. */
  timeoutMs: number
  /** Tells listeners of a milestone, `ms` after the page began. */
  emit: (milestone: Milestone, ms: number) => void
  status: () => Status
}

export function createReadiness({ timeoutMs, emit, status }: ReadinessParts): Readiness {
  const reached: Record<Milestone, boolean> = { readyFromCache: false, ready: false, timeout: false }
  let isStopped = false
  let openCache!: () => void
  let openReady!: () => void
  const cache = new Promise<void>((resolve) => (openCache = resolve))
  const ready = new Promise<void>((resolve) => (openReady = resolve))

  const reach = (...milestones: Milestone[]) => {
    const fresh = milestones.filter((milestone) => !isStopped && !reached[milestone])
    // All milestones are recorded before any listener is called: one that asks finds a consistent state, and one that throws leaves it so.
    for (const milestone of fresh) {
      reached[milestone] = true
      if (milestone === 'readyFromCache') openCache()
      else end()
    }
    for (const milestone of fresh) emit(milestone, clock.elapsed())
  }
  /** Resolves both promises: nobody waits any longer. */
  const end = () => {
    stopTimer?.()
    openCache()
    openReady()
  }
  // One deadline covers storage and network.
  const stopTimer = timeoutMs ? clock.after(timeoutMs, () => reach('timeout')) : undefined

  return {
    reached,
    reachCache: () => reach('readyFromCache'),
    reachReady: () => reach('readyFromCache', 'ready'),
    giveUp() {
      if (!reached.ready) reach('timeout')
    },
    whenReady: () => ready.then(status),
    whenReadyFromCache: () => cache.then(status),
    stop() {
      isStopped = true
      end()
    },
  }
}
