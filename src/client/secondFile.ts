import type { Timers } from '../browser/clock'
import type { Page } from '../browser/page'
import type { Core, Late } from '../late/types'
import { plainly, type Log } from '../shared/log'

/**
 * Gives the code of the second file: at once in the build that contains it, else as a promise. Loading begins when `due()`
 * resolves.
 */
export type LoadLate = (due: () => Promise<unknown>) => LateModule | Promise<LateModule>

interface LateModule {
  startLate(core: Core): Late | undefined
}

/**
 * The second file, and when it is loaded: after the cache was read, because compiling it at the same time would make the cache ready a
 * third later; and at a first visit after the first answers of the service, which it would compete with for the line. Where loading
 * fails, it is tried again when the page becomes active.
 */
export interface SecondFile {
  /** The second file at work; undefined until it is loaded. It is a plain member because every decision asks for overrides. */
  readonly late: Late | undefined
  /** Loads the file when it is due, and starts it with the parts that both files share. */
  load(core: Core): void
  /**
   * Loads the file at once, if loading has not begun. Resolves when it has started, when loading failed, or after `requestTimeoutMs`.
   * Never rejects.
   */
  settle(): Promise<void>
  /** From now on a load that fails is not tried again. */
  stopRetrying(): void
  /** From now on a file that arrives is not started. */
  stop(): void
}

type State = 'unasked' | 'loading' | 'failed' | 'started' | 'stopped'

/**
 * Longest that loading waits for the first answers of a first visit, ms. On a slow line the file would take a third of the line from
 * them. But what the page records has to reach the disk even where the service hangs.
 */
const LONGEST_WAIT_MS = 2_000

interface SecondFileParts {
  loadLate: LoadLate
  /** `requestTimeoutMs` limits the wait for the file too: no browser gives up on a script whose bytes never end. */
  settings: { readonly requestTimeoutMs: number; readonly allowOverrides: boolean }
  clock: Pick<Timers, 'after'>
  page: Pick<Page, 'isActive' | 'onChange'>
  log: Log
}

export function createSecondFile({ loadLate, settings, clock, page, log }: SecondFileParts): SecondFile {
  let forgetRetry = () => {}
  let hurry: () => void = () => {}
  let isFinal = false
  let state: State = 'unasked'
  let loading: Promise<void> | undefined

  const tryLoading = async (core: Core): Promise<void> => {
    state = 'loading'
    try {
      const loaded = loadLate(() => dueOf(core.firstRequests))
      // There must be no `await` where the file is part of this one, so that overrides and `explain` answer from the first
      // call on. `instanceof Promise` cannot tell: with zone.js or core-js on the page, `import()` gives no instance of the
      // page's `Promise`.
      const { startLate } = 'startLate' in loaded ? loaded : await loaded
      if (isStopped()) return
      state = 'started'
      own.late = startLate(core)
      if (own.late) core.hub.emit('complete', undefined)
    } catch (fault) {
      if (isStopped()) return
      log.once('error', 'late', 'second file missing', fault)
      log.speak(plainly)
      if (state !== 'loading' || isFinal) return
      state = 'failed'
      // The page may have been offline, or blocked, for a moment only.
      forgetRetry = page.onChange(() => {
        if (!page.isActive()) return
        forgetRetry()
        loading = tryLoading(core)
      })
    }
  }
  const dueOf = ({ asked, answered }: Core['firstRequests']): Promise<unknown> => {
    const due = new Promise<void>((resolve) => (hurry = resolve))
    // With `allowOverrides` no client is ready before the second file, which knows the overrides: it does not wait for answers.
    void (settings.allowOverrides ? asked : answered).then(hurry)
    return due.then(clock.after(LONGEST_WAIT_MS, hurry))
  }
  /** Whether `destroy()` came while the file was being loaded. */
  const isStopped = () => state === 'stopped'

  const own: SecondFile & { late: Late | undefined } = {
    late: undefined,
    load(core) {
      loading = tryLoading(core)
    },
    async settle() {
      hurry()
      if (state !== 'loading') return
      let cancel = () => {}
      await Promise.race([
        loading,
        new Promise<void>((resolve) => (cancel = clock.after(settings.requestTimeoutMs, resolve))),
      ])
      cancel()
    },
    stopRetrying() {
      isFinal = true
      forgetRetry()
    },
    stop() {
      state = 'stopped'
    },
  }
  return own
}
