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

/**
 * Writes one line: the name of a text, which comes in a file of its own, and what it speaks of. Anything that is no such name is the
 * text itself.
 */
type Say = (line: string, ...about: unknown[]) => void

/** Makes the text of a line. */
export type Speak = (line: string, about: readonly unknown[]) => string

export interface Log extends Readonly<Record<Exclude<LogLevel, 'none'>, Say>> {
  /** Writes one line per change of state: silent until `recovered` was called for the same fault. */
  once(level: Exclude<LogLevel, 'none'>, fault: string, line: string, ...about: unknown[]): void
  recovered(fault: string): void
  /** Says a mistake of the developer's: one warning for each line and what it is about first. */
  mistake(line: string, ...about: unknown[]): void
  /** The texts are there: what waited for them is written now. */
  speak(speak: Speak): void
  /** Calls this when a line waits for its texts, or was written without: a page that writes none need not load them. */
  onWaiting(load: () => void): void
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'none']
/** Lines that wait for their texts; a page that makes more mistakes than this will make them again. */
const MOST_WAITING = 100

/** Faults after which no more mistakes are said: a name that is made anew at each call must not fill the memory. */
const MOST_FAULTS = 1_000

/** The line as it is, where there are no texts. */
export const plainly: Speak = (line, about) => [line, ...about].map(String).join(': ')

/** The log of one client. The logger is foreign code: what it throws stays there. */
export function createLog(logger: Logger, level: LogLevel): Log {
  const faults = new Set<string>()
  const least = LEVELS.indexOf(level)
  let waiting: (() => void)[] = []
  let speak: Speak | undefined
  let loadTexts = () => {}
  const write =
    (at: Exclude<LogLevel, 'none'>): Say =>
    (line, ...about) => {
      if (LEVELS.indexOf(at) < least) return
      const say = () => {
        try {
          logger[at](`pennon: ${(speak as Speak)(line, about)}`)
        } catch {
          // Nowhere left to say it.
        }
      }
      if (speak) say()
      else if (waiting.length < MOST_WAITING && waiting.push(say) === 1) loadTexts()
    }
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }

  const once: Log['once'] = (at, fault, line, ...about) => {
    if (faults.has(fault)) return
    faults.add(fault)
    log[at](line, ...about)
  }

  return {
    ...log,
    once,
    mistake(line, ...about) {
      if (faults.size < MOST_FAULTS) once('warn', typeof about[0] === 'string' ? line + about[0] : line, line, ...about)
    },
    recovered: (fault) => void faults.delete(fault),
    speak(texts) {
      speak = texts
      for (const say of waiting) say()
      waiting = []
    },
    onWaiting(load) {
      loadTexts = load
      // Where the second file came late, lines were written without them.
      if (speak || waiting.length) load()
    },
  }
}
