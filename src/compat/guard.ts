import type { SdkLogger } from './logger'

/** Runs code that may be the application's. What it throws is a line of the log; `what` says there what failed. */
export function guard<Value>(logger: SdkLogger, what: string, act: () => Value): Value | undefined {
  try {
    return act()
  } catch (fault) {
    logger.error(`pennon: ${what} failed: ${String(fault)}`)
    return undefined
  }
}
