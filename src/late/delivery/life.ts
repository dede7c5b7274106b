import { newId } from '../../shared/newId'
import { setDeadline } from '../../browser/setDeadline'
import type { Locks } from '../../browser/locks'
import type { Clock } from '../../browser/clock'
import type { Hub } from '../../shared/hub'
import type { Stops } from '../../shared/stops'

/**
 * The id under which this page stores, and whether it holds the lock of that name. Whoever holds the lock owns what is stored under
 * the id, so a life ends when its lock is released. What the page records afterwards belongs to its next life, under another id.
 */
export interface Life {
  readonly id: string
  /**
   * `asked`: the browser has not answered for the lock yet. `held`: what is stored under the id is this page's. `alone`: there is no
   * lock to be had, and the page keeps what it records in memory. `ended`: the page may be about to go, and asks for no lock.
   */
  readonly state: 'asked' | 'held' | 'alone' | 'ended'
  /** The number of lives of this page that have ended. Work that waited compares it with the number that it began in. */
  readonly number: number
  /** Aborts when the current life ends. */
  readonly signal: AbortSignal
  /** Resolves when the lock is held, or turns out not to be had. */
  readonly whenAnswered: Promise<void>
  /** The dead lives whose locks this page holds, with the release of each. */
  readonly adopted: ReadonlyMap<string, () => void>
  /** Asks for the lock of the current life, unless that has been done. */
  begin(): void
  /** Releases all locks, so that what is stored under this life and those it adopted is anybody's. The next life begins 10 s later. */
  end(): void
  /** Asks for the lock of a dead life. @returns whether it was granted within 2 s; never rejects */
  adopt(id: string): Promise<boolean>
  /** Releases the lock of an adopted life. */
  release(id: string): void
}

interface LifeParts {
  /** The locks; undefined where there are no Web Locks, or nothing may be stored. */
  locks: Locks | undefined
  scope: string
  clock: Clock
  /** Hears that the lock is held (`usable`), or that the browser refuses it or does not answer for it in time (`alone`). */
  hub: Pick<Hub, 'emit'>
  stops: Stops
}

/**
 * Pause before the next life, for a page that lives on after `beforeunload` (its user stays, or it was a download). Firefox keeps no
 * page in the bfcache that holds a lock, and a page that is left runs until the first byte of the next document: with a shorter pause
 * it would hold a lock again as it goes.
 */
const NEXT_LIFE_MS = 10_000
/** A browser answers a request for a free lock in a few ms, or never (supabase/supabase-js#2013). */
const LOCK_DEADLINE_MS = 2_000

export function createLife({ locks, scope, clock, hub, stops }: LifeParts): Life {
  const page = newId(clock.now())
  const adopted = new Map<string, () => void>()
  let releaseOwn: (() => void) | undefined
  let ending = new AbortController()
  let cancelNext: (() => void) | undefined

  /** @returns the release of a lock; undefined where it is not to be had, and where the life that asked for it has ended meanwhile */
  const take = async (id: string) => {
    const begunIn = life.number
    const name = `pennon:2:${scope}:${id}`
    const takeFree = async () => {
      // Firefox never puts a page into the bfcache that asked for a lock in vain. Nobody has the lock of a new life.
      if (id !== life.id && (await locks?.held())?.includes(name)) return undefined
      return locks?.take(name)
    }
    const release = await takeFree().catch(() => undefined)
    if (begunIn === life.number) return release
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
      const begunIn = life.number
      life.whenAnswered = new Promise((resolve) => {
        const giveUp = (why: string) => {
          resolve()
          if (begunIn !== life.number || life.state !== 'asked') return
          life.state = 'alone'
          hub.emit('alone', why)
        }
        const noAnswer = () => giveUp('the browser does not answer for a lock')
        const cancel = setDeadline(clock, LOCK_DEADLINE_MS, noAnswer)
        void take(life.id).then((release) => {
          cancel()
          if (!release) return giveUp('the browser refuses a lock')
          releaseOwn = release
          // A lock that is granted after the deadline is used all the same.
          life.state = 'held'
          resolve()
          hub.emit('usable', undefined)
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
    adopt: (id: string) =>
      new Promise<boolean>((resolve) => {
        let isWaiting = true
        const answer = (release?: () => void) => {
          isWaiting = false
          cancel()
          if (release) adopted.set(id, release)
          resolve(release !== undefined)
        }
        const cancel = setDeadline(clock, LOCK_DEADLINE_MS, answer)
        void take(id).then((release) => (isWaiting ? answer(release) : release?.()))
      }),
    release(id: string) {
      adopted.get(id)?.()
      adopted.delete(id)
    },
  }
  stops.push(() => {
    life.end()
    cancelNext?.()
  })
  return life
}
