/** How important a log line is; `none` is above them all. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'none'

/** Where log lines go: `console` or anything of its shape. */
export interface Logger {
  /** What only its developers look for. */
  debug(message: string): void
  /** What is as it should be and good to know, such as polling in place of streaming. */
  info(message: string): void
  /** What an application should put right, and what the client goes on without. */
  warn(message: string): void
  /** What should not happen, such as a listener that throws. */
  error(message: string): void
}

export interface Log extends Logger {
  /** One line per change of state: silent until `recovered` was called for the same fault. */
  once(level: Exclude<LogLevel, 'none'>, fault: string, message: string): void
  recovered(fault: string): void
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'none']

/** The log of one client. The logger is foreign code: what it throws stays there. */
export function createLog(logger: Logger, level: LogLevel): Log {
  const faults = new Set<string>()
  const least = LEVELS.indexOf(level)
  const write = (at: Exclude<LogLevel, 'none'>) => (message: string) => {
    if (LEVELS.indexOf(at) < least) return
    try {
      logger[at](`pennon: ${message}`)
    } catch {
      // Nowhere left to say it.
    }
  }
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }

  return {
    ...log,
    once(at, fault, message) {
      if (faults.has(fault)) return
      faults.add(fault)
      log[at](message)
    },
    recovered: (fault) => void faults.delete(fault),
  }
}
