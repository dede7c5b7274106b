import type { Log } from './log'

/** Warns of each member of a call's options whose name is not known. */
export function sayUnknownOptions(options: object, known: readonly string[], log: Pick<Log, 'mistake'>): void {
  for (const name of Object.keys(options)) if (!known.includes(name)) log.mistake('unknown name', name, known, 'option')
}
