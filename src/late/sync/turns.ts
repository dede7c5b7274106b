import { stringify } from '../../shared/json'

/** Does one thing again and again, never twice at a time. */
export interface Turns<Options> {
  /** Does it now, or after what is going on. A turn with the same options that has not begun is joined. */
  readonly run: (options?: Options) => Promise<boolean>
  /** Whether nothing is going on, or waits for its turn. */
  isIdle(): boolean
}

interface TurnsParts<Options> {
  /** Never rejects. */
  execute: (options?: Options) => Promise<boolean>
  /** Begins a turn, at once or when there is a place for it. */
  place: <Result>(begin: () => Promise<Result>) => Promise<Result>
  /** The last turn is over. */
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
