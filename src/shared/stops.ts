/** The ends of all that was started. */
export interface Stops {
  /** Says how something that was started ends. */
  push(...stops: (() => void)[]): void
  /** Ends everything, what was started last first. */
  stop(): void
  /** Nothing may begin any more. It is a plain member because work that waited asks it. */
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
