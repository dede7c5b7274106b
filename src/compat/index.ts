export { InLocalStorage } from './inLocalStorage'
export { DebugLogger, ErrorLogger, InfoLogger, WarnLogger } from './loggers'
export { SplitFactory } from './SplitFactory'
export type { SplitIO } from './types'
