import { createLogger } from './logger'
import type { SplitIO } from './types'

// These are for `debug` in the settings of `SplitFactory`. In the official SDK they bring along the texts of log lines; here they only set
// the level.

/** Logs everything. */
export const DebugLogger = (): SplitIO.ILogger => createLogger('DEBUG')
/** Logs what happens, warnings and errors. */
export const InfoLogger = (): SplitIO.ILogger => createLogger('INFO')
/** Logs warnings and errors. */
export const WarnLogger = (): SplitIO.ILogger => createLogger('WARN')
/** Logs errors. */
export const ErrorLogger = (): SplitIO.ILogger => createLogger('ERROR')
