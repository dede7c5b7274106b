import type { Locks } from '../../browser/locks'
import type { Clock } from '../../browser/clock'

/**
 * The name under which this page stores, and whether that is its own. Whoever holds the lock of a life owns what lies under it,
 * so a life ends when its lock is released: what the page records afterwards belongs to the next life.
 */
export interface Life {
  id(): string
  /**
   * `asked`: the lock is not granted yet. `held`: what lies under the id is this page's. `alone`: there is no lock to be had, the
   * page keeps what it records in memory. `ended`: the page may be about to go, and asks for no lock.
   */
  state(): 'asked' | 'held' | 'alone' | 'ended'
  /** Aborts when the current life ends. */
  signal(): AbortSignal
  /** How many lives this page has had. */
  number(): number
  /** A name that no other batch in the world has. */
  nextId(): string
  /** Asks for the lock of the current life. */
  begin(): void
  /** Resolves when the lock is no longer asked for: it is held, or there is none to be had. */
  whenAnswered(): Promise<void>
  /** Releases all locks: what lies under this life, and under those it adopted, is anybody's. The next life begins later. */
  end(): void
  stop(): void
  /** Tries for the lock of a dead life. Never rejects. */
  adopt(life: string): Promise<boolean>
  /** The dead lives whose locks this page holds. */
  readonly adopted: ReadonlySet<string>
  release(life: string): void
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
  const adopted = new Set<string>()
  let state: ReturnType<Life['state']> = 'ended'
  let id = newId(clock.now())
  let number = 0
  let batches = 0
  let ending = new AbortController()
  let answered = Promise.resolve()
  const nameOf = (life: string) => `pennon:2:${scope}:${life}`
  let cancelNext: (() => void) | undefined
  const take = async (life: string) => {
    try {
      return (await locks?.take(nameOf(life))) ?? false
    } catch {
      return false
    }
  }

  const begin = () => {
    cancelNext?.()
    if (state !== 'ended') return
    if (!locks) return void (state = 'alone')
    state = 'asked'
    const its = number
    answered = new Promise((resolve) => {
      const giveUp = (why: string) => {
        resolve()
        if (its !== number || state !== 'asked') return
        state = 'alone'
        onAlone(why)
      }
      const cancel = clock.after(
        LOCK_DEADLINE_MS,
        () => giveUp('the browser does not answer a request for a lock'),
        true,
      )
      void take(id).then((isHeld) => {
        cancel()
        if (!isHeld || its !== number) return giveUp('the browser refuses a lock')
        // Perhaps late: it is as good then.
        state = 'held'
        resolve()
        onHeld()
      })
    })
  }
  const end = () => {
    number++
    state = 'ended'
    id = newId(clock.now())
    adopted.clear()
    ending.abort()
    ending = new AbortController()
    locks?.release()
    cancelNext?.()
    cancelNext = clock.after(NEXT_LIFE_MS, begin, true)
  }

  return {
    id: () => id,
    state: () => state,
    number: () => number,
    signal: () => ending.signal,
    nextId: () => `${id}-${batches++}`,
    begin,
    whenAnswered: () => answered,
    end,
    stop() {
      end()
      cancelNext?.()
    },
    async adopt(life) {
      const its = number
      if (!(await take(life)) || its !== number) return false
      adopted.add(life)
      return true
    },
    adopted,
    release(life) {
      adopted.delete(life)
      locks?.release(nameOf(life))
    },
  }
}

/** Not `crypto.randomUUID`: insecure pages have none, and nothing but chance is asked of it. */
function newId(now: number): string {
  return `${now.toString(36)}-${Math.random().toString(36).slice(2)}`
}
