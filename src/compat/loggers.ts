import { createLogger } from './logger'
import type { ILogger } from './types'

// For `debug` in the settings of `SplitFactory`. In the official SDK they bring the texts along; here they set the level.

/** Logs everything. */
export const DebugLogger = (): ILogger => createLogger('DEBUG')
/** Logs what happens, warnings and errors. */
export const InfoLogger = (): ILogger => createLogger('INFO')
/** Logs warnings and errors. */
export const WarnLogger = (): ILogger => createLogger('WARN')
/** Logs errors. */
export const ErrorLogger = (): ILogger => createLogger('ERROR')
