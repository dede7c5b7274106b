import { newId } from '../../shared/newId'
import type { Locks } from '../../browser/locks'
import type { Clock } from '../../browser/clock'

/**
 * The name under which this page stores, and whether that is its own. Whoever holds the lock of a life owns what lies under it,
 * so a life ends when its lock is released: what the page records afterwards belongs to the next life.
 */
export interface Life {
  readonly id: string
  /**
   * `asked`: the lock is not granted yet. `held`: what lies under the id is this page's. `alone`: there is no lock to be had, the
   * page keeps what it records in memory. `ended`: the page may be about to go, and asks for no lock.
   */
  readonly state: 'asked' | 'held' | 'alone' | 'ended'
  /** How many lives this page has had. */
  readonly number: number
  /** Aborts when the current life ends. */
  readonly signal: AbortSignal
  /** Resolves when the lock is no longer asked for: it is held, or there is none to be had. */
  readonly whenAnswered: Promise<void>
  /** The dead lives whose locks this page holds, and how these are released. */
  readonly adopted: ReadonlyMap<string, () => void>
  /** Asks for the lock of the current life. */
  begin(): void
  /** Releases all locks: what lies under this life, and under those it adopted, is anybody's. The next life begins later. */
  end(): void
  stop(): void
  /** Tries for the lock of a dead life, for 2 s. Never rejects. */
  adopt(id: string): Promise<boolean>
  release(id: string): void
}

interface LifeParts {
  /** Undefined where there are none, or nothing may be stored. */
  locks: Locks | undefined
  scope: string
  clock: Clock
  onHeld: () => void
  /** The browser does not answer, or refuses: said once. */
  onAlone: (why: string) => void
}

/**
 * A page whose `beforeunload` was cancelled lives on, as after a download. Firefox keeps no page in the bfcache that holds a
 * lock, and the old page runs until the first byte of the next document: sooner it would take the lock back before it goes.
 */
const NEXT_LIFE_MS = 10_000
/** A request for a free lock is answered in a few ms, or never (supabase/supabase-js#2013). */
const LOCK_DEADLINE_MS = 2_000

export function createLife({ locks, scope, clock, onHeld, onAlone }: LifeParts): Life {
  const page = newId(clock.now())
  const adopted = new Map<string, () => void>()
  let releaseOwn: (() => void) | undefined
  let ending = new AbortController()
  let cancelNext: (() => void) | undefined

  /** @returns undefined where the lock is not to be had, and where the life that asked for it has ended meanwhile */
  const take = async (id: string) => {
    const its = life.number
    const release = await locks?.take(`pennon:2:${scope}:${id}`).catch(() => undefined)
    if (its === life.number) return release
    release?.()
    return undefined
  }

  const life = {
    id: page,
    state: 'ended' as Life['state'],
    number: 0,
    signal: ending.signal,
    whenAnswered: Promise.resolve(),
    adopted,
    begin() {
      cancelNext?.()
      if (life.state !== 'ended') return
      life.state = locks ? 'asked' : 'alone'
      if (!locks) return
      const its = life.number
      life.whenAnswered = new Promise((resolve) => {
        const giveUp = (why: string) => {
          resolve()
          if (its !== life.number || life.state !== 'asked') return
          life.state = 'alone'
          onAlone(why)
        }
        const noAnswer = () => giveUp('the browser does not answer for a lock')
        const cancel = clock.after(LOCK_DEADLINE_MS, noAnswer, true)
        void take(life.id).then((release) => {
          cancel()
          if (!release) return giveUp('the browser refuses a lock')
          releaseOwn = release
          // Perhaps late: it is as good then.
          life.state = 'held'
          resolve()
          onHeld()
        })
      })
    },
    end() {
      life.number++
      life.state = 'ended'
      life.id = `${page}.${life.number}`
      ending.abort()
      life.signal = (ending = new AbortController()).signal
      releaseOwn?.()
      releaseOwn = undefined
      for (const id of adopted.keys()) life.release(id)
      cancelNext?.()
      cancelNext = clock.after(NEXT_LIFE_MS, life.begin, true)
    },
    stop() {
      life.end()
      cancelNext?.()
    },
    adopt: (id: string) =>
      new Promise<boolean>((resolve) => {
        let isWaiting = true
        const answer = (release?: () => void) => {
          isWaiting = false
          cancel()
          if (release) adopted.set(id, release)
          resolve(release !== undefined)
        }
        const cancel = clock.after(LOCK_DEADLINE_MS, answer, true)
        void take(id).then((release) => (isWaiting ? answer(release) : release?.()))
      }),
    release(id: string) {
      adopted.get(id)?.()
      adopted.delete(id)
    },
  }
  return life
}
