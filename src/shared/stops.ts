/** Remembers how to end everything that was started. */
export interface Stops {
  /** Adds the ends of things that were started. */
  push(...stops: (() => void)[]): void
  /** Ends everything; what was started last ends first. */
  stop(): void
  /** True from `stop()` on: work that waited must not go on. */
  readonly isStopped: boolean
}

export function createStops(): Stops {
  const all: (() => void)[] = []
  const own = {
    isStopped: false,
    push: (...stops: (() => void)[]) => void all.push(...stops),
    stop() {
      own.isStopped = true
      for (let end = all.pop(); end; end = all.pop()) end()
    },
  }
  return own
}
