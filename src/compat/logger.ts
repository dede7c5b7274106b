import { mirror } from './mirror'
import type { Logger as Sink } from '../shared/log'
import type { SplitIO } from './types'

/** The levels are in order, from the one that logs least to the one that logs all. */
const LEVELS: readonly SplitIO.LogLevel[] = ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG']

/** A log whose level and sink change while it is in use. */
export interface SdkLogger extends Sink, SplitIO.ILogger {
  setLogger(logger?: SplitIO.Logger): void
}

export function createLogger(level: SplitIO.LogLevel): SdkLogger {
  let sink: SplitIO.Logger = console
  // Anything that is no level logs nothing.
  let most = LEVELS.indexOf(level)
  const write = (name: keyof Sink, at: number) => (message: string) => {
    if (at <= most) sink[name](message)
  }
  const logger: SdkLogger = {
    debug: write('debug', 4),
    info: write('info', 3),
    warn: write('warn', 2),
    error: write('error', 1),
    setLogLevel(next) {
      const at = LEVELS.indexOf(next)
      if (at >= 0) most = at
      else logger.error(`pennon: there is no log level ${String(next)}`)
    },
    setLogger(next) {
      sink = next ?? console
    },
  }
  return logger
}

/** The log that the settings ask for: silent unless `debug` says otherwise, as the official SDK's. */
export function loggerOf(debug: unknown, sink: SplitIO.Logger | undefined): SdkLogger {
  const isOurs = (debug as Partial<SdkLogger> | undefined)?.setLogger
  const logger = isOurs ? (debug as SdkLogger) : createLogger(debug === true ? 'DEBUG' : (debug as SplitIO.LogLevel))
  logger.setLogger(sink)
  return logger
}

/** The official `factory.Logger`. */
export function createLoggerApi({ setLogLevel, setLogger }: SdkLogger): SplitIO.ILoggerAPI {
  return {
    enable: () => setLogLevel('DEBUG'),
    disable: () => setLogLevel('NONE'),
    setLogLevel,
    setLogger,
    LogLevel: mirror(LEVELS),
  }
}
