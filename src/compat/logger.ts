import { mirror } from './mirror'
import type { Logger as Sink } from '../shared/log'
import type { SplitIO } from './types'

const LEVELS: readonly SplitIO.LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'NONE']

/** A log whose level and sink change while it is in use. */
export interface SdkLogger extends Sink, SplitIO.ILogger {
  setLogger(logger?: SplitIO.Logger): void
}

export function createLogger(level: SplitIO.LogLevel): SdkLogger {
  let sink: SplitIO.Logger = console
  let least = LEVELS.indexOf(level)
  const write = (name: keyof Sink, at: number) => (message: string) => {
    if (at >= least) sink[name](message)
  }
  const logger: SdkLogger = {
    debug: write('debug', 0),
    info: write('info', 1),
    warn: write('warn', 2),
    error: write('error', 3),
    setLogLevel(next) {
      if (LEVELS.includes(next)) least = LEVELS.indexOf(next)
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
  const isOurs = typeof (debug as Partial<SdkLogger> | undefined)?.setLogger === 'function'
  const level =
    debug === true ? 'DEBUG' : LEVELS.includes(debug as SplitIO.LogLevel) ? (debug as SplitIO.LogLevel) : 'NONE'
  const logger = isOurs ? (debug as SdkLogger) : createLogger(level)
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
