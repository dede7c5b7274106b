/** The time of a machine that runs ahead of the real one: a month goes by in a minute. */
export interface FakeTime {
  /** Lets time go by, timer after timer; what a timer began is over before the next one. */
  advance(ms: number): Promise<void>
  /** Lets the machine sleep: no timer runs, and only the wall clock goes on. */
  sleep(ms: number): Promise<void>
  /** How many timers wait. */
  timers(): number
}

interface Timer {
  at: number
  run: () => void
}

/** Turns of the real event loop after which the database, too, has done what it was asked for. */
const TURNS = 40

/** Replaces the clock and the timers of this process. Real time goes on in `setImmediate` alone. */
export function installFakeTime(start: number): FakeTime {
  const timers = new Map<number, Timer>()
  let ids = 0
  let elapsed = 0
  let slept = 0
  const add = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout => {
    const id = ++ids
    timers.set(id, { at: elapsed + Math.max(1, ms), run: () => run(...args) })
    const handle = { unref: () => handle, ref: () => handle, [Symbol.toPrimitive]: () => id }
    return handle as unknown as NodeJS.Timeout
  }
  const RealDate = Date
  class FakeDate extends RealDate {
    constructor(...args: [] | [number]) {
      super(...(args.length ? args : ([FakeDate.now()] as [number])))
    }
    static override now() {
      return start + elapsed + slept
    }
  }
  const settle = async () => {
    for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  Object.assign(globalThis, {
    Date: FakeDate,
    setTimeout: add,
    clearTimeout: (handle: unknown) => handle && timers.delete(Number(handle)),
  })
  performance.now = () => elapsed

  return {
    async advance(ms) {
      const end = elapsed + ms
      await settle()
      for (;;) {
        let next: [number, Timer] | undefined
        for (const entry of timers) if (entry[1].at <= end && !(next && next[1].at <= entry[1].at)) next = entry
        if (!next) break
        timers.delete(next[0])
        elapsed = Math.max(elapsed, next[1].at)
        next[1].run()
        await settle()
      }
      elapsed = end
    },
    async sleep(ms) {
      slept += ms
      await settle()
    },
    timers: () => timers.size,
  }
}
