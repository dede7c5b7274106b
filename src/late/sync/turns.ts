import { stringify } from '../../shared/json'

/** Does one piece of work again and again, never twice at a time. */
export interface Turns<Options> {
  /** Does the work now, or after the turns before. A call with the options of a turn that has not begun joins that turn. */
  readonly run: (options?: Options) => Promise<boolean>
  /** Whether no turn is going on or waits. */
  isIdle(): boolean
}

interface TurnsParts<Options> {
  /** Never rejects. */
  execute: (options?: Options) => Promise<boolean>
  /** Begins a turn, at once or when there is a place for it. */
  place: <Result>(begin: () => Promise<Result>) => Promise<Result>
  /** Called when the last turn is over. */
  onIdle: () => void
}

export function createTurns<Options>({ execute, place, onIdle }: TurnsParts<Options>): Turns<Options> {
  let tail: Promise<unknown> = Promise.resolve()
  let queued = 0
  /** The turns that have not begun, by their options. */
  const joinable = new Map<string, Promise<boolean>>()

  return {
    run(options) {
      const wish = stringify(options ?? {})
      const known = joinable.get(wish)
      if (known) return known
      queued++
      const begin = () => {
        joinable.delete(wish)
        return execute(options)
      }
      const done: Promise<boolean> = tail
        .then(() => place(begin))
        .then((result) => {
          if (!--queued) onIdle()
          return result
        })
      tail = done
      joinable.set(wish, done)
      return done
    },
    isIdle: () => !queued,
  }
}
