import type { Timers } from '../browser/clock'
import type { Page } from '../browser/page'
import type { Core, Late } from '../late/types'
import { plainly, type Log } from '../shared/log'

/**
 * Gives the code of the second file: now where it is part of this one, else when it is loaded. Loading begins when
 * `due()` resolves.
 */
export type LoadLate = (due: () => Promise<unknown>) => LateModule | Promise<LateModule>

interface LateModule {
  startLate(core: Core): Late | undefined
}

/**
 * The second file: loaded when the cache was read, and again when that fails. To compile and run it takes the main thread from the cache,
 * which it would make ready a third later; and at a first visit its bytes take the line from the first answers, which come before it.
 */
export interface SecondFile {
  /** What it does, once it is there. It is a plain member because every decision asks for overrides. */
  readonly late: Late | undefined
  /** Loads it when it is due, and hands it what both files need. */
  load(core: Core): void
  /**
   * Has it loaded now. Resolves when it is there, or when waiting for it makes no sense: it failed, or takes longer than a request may.
   * Never rejects.
   */
  settle(): Promise<void>
  /** A load that fails from now on is final. */
  stopRetrying(): void
  /** The page does not want it any more. */
  stop(): void
}

type State = 'unasked' | 'loading' | 'failed' | 'started' | 'stopped'

/**
 * At a first visit it waits for the first answers, but no longer, ms: on a slow line it would take a third of theirs, and what was
 * recorded has to be written to disk also where the service hangs.
 */
const LONGEST_WAIT_MS = 2_000

interface SecondFileParts {
  loadLate: LoadLate
  /** Nobody waits longer for it than for a request: no browser gives up on a file that never ends. */
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
      // Where nothing has to be loaded there must be no wait: the whole of a client answers from its first call on. It cannot be told by
      // `instanceof`: with zone.js or core-js on the page, `import()` gives no instance of the page's `Promise`.
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
      // A page that lost its network, or was blocked for a moment, gets another chance.
      forgetRetry = page.onChange(() => {
        if (!page.isActive()) return
        forgetRetry()
        loading = tryLoading(core)
      })
    }
  }
  const dueOf = ({ asked, answered }: Core['firstRequests']): Promise<unknown> => {
    const due = new Promise<void>((resolve) => (hurry = resolve))
    // The second file alone knows the overrides that QA set, and nobody is ready before they are known.
    void (settings.allowOverrides ? asked : answered).then(hurry)
    return due.then(clock.after(LONGEST_WAIT_MS, hurry))
  }
  /** `destroy()` may come while it loads. */
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
