import { clock } from '../browser/clock'
import type { Status } from './types/events'

export type Milestone = 'readyFromCache' | 'ready' | 'timeout'

/** The readiness of one client: what was reached, each once, and who waits for it. */
export interface Readiness {
  /** What was reached. Plain members: every decision looks at them. */
  readonly reached: Readonly<Record<Milestone, boolean>>
  /** Decisions are possible. */
  reachCache(): void
  /** The service confirmed definitions and memberships. */
  reachReady(): void
  /** The service refuses, or will not be asked any more: nobody has to wait for the deadline. */
  giveUp(): void
  whenReady(): Promise<Status>
  whenReadyFromCache(): Promise<Status>
  /** Lets go of the timer and of everybody who waits. */
  stop(): void
}

interface ReadinessParts {
  /** 0 = no deadline. */
  timeoutMs: number
  /** `ms`: since the page began. */
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
    // Everything is recorded before anybody hears of it: a listener that asks, or throws, finds or leaves a whole state.
    for (const milestone of fresh) {
      reached[milestone] = true
      if (milestone === 'readyFromCache') openCache()
      else end()
    }
    for (const milestone of fresh) emit(milestone, clock.elapsed())
  }
  /** Nobody waits any longer. */
  const end = () => {
    stopTimer?.()
    openCache()
    openReady()
  }
  // One deadline covers storage and network, from creation on.
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
