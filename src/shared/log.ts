/** The importance of a log line; `none` is above all others and silences them. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'none'

/** The object that takes log lines: `console` or anything of its shape. */
export interface Logger {
  /** Takes a line that only its developers look for. */
  debug(message: string): void
  /** Takes a line about something that is as it should be and good to know, such as polling in place of streaming. */
  info(message: string): void
  /** Takes a line about something that an application should put right, and that the client goes on without. */
  warn(message: string): void
  /** Takes a line about something that should not happen, such as a listener that throws. */
  error(message: string): void
}

/**
 * Writes one line. `line` is the name of a text in `texts.ts`, which is loaded when the first line is written, and `about` is what that
 * text speaks of. A `line` that is no such name is written as it is.
 */
type Say = (line: string, ...about: unknown[]) => void

/** Makes the text of a line. */
export type Speak = (line: string, about: readonly unknown[]) => string

export interface Log extends Readonly<Record<Exclude<LogLevel, 'none'>, Say>> {
  /** Writes one line per change of state: silent until `recovered` was called for the same fault. */
  once(level: Exclude<LogLevel, 'none'>, fault: string, line: string, ...about: unknown[]): void
  /** The fault is over: `once` speaks again if it comes back. */
  recovered(fault: string): void
  /** Warns of a developer's mistake, once for each `line` and text that it is about first. */
  mistake(line: string, ...about: unknown[]): void
  /** Writes all lines by these texts from now on, and those that waited for them. */
  speak(speak: Speak): void
  /** Calls `load` once a line waits for its texts, or was written without them: a page that writes no line need not load any. */
  onWaiting(load: () => void): void
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'none']
/** The most lines that wait for their texts; a page that makes more mistakes than this will make them again. */
const MOST_WAITING = 100

/** After this many faults no more mistakes are logged: a name that is made up anew at each call must not fill the memory. */
const MOST_FAULTS = 1_000

/** Writes a line as it is, for where the texts cannot be loaded. */
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
          // A logger that throws leaves nowhere to say so.
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
      // Before the second file asks for the texts, lines may have come to wait, or been written without.
      if (speak || waiting.length) load()
    },
  }
}
