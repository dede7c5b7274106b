import type { Clock } from '../browser/clock'
import type { Page } from '../browser/page'
import type { Core, Late } from '../late/types'
import { plainly, type Log } from '../shared/log'

/** Gives the code of the second file: now where it is part of this one, else when it is loaded. */
export type LoadLate = () => LateModule | Promise<LateModule>

interface LateModule {
  startLate(core: Core): Late | undefined
}

/** The second file: loaded at once, and again when that fails. */
export interface SecondFile {
  /** Resolves when it is there, or when waiting for it makes no sense: it failed, or takes longer than a request may. Never rejects. */
  settle(): Promise<void>
  /** A load that fails from now on is final. */
  stopRetrying(): void
  /** The page does not want it any more. */
  stop(): void
}

type State = 'loading' | 'failed' | 'started' | 'stopped'

interface SecondFileParts {
  load: LoadLate
  core: Core
  /** It is there, and has taken over. */
  onComplete: (late: Late) => void
  /** The longest that anybody waits for it, ms: no browser gives up on a file that never ends. */
  timeoutMs: number
  clock: Pick<Clock, 'after'>
  page: Pick<Page, 'isActive' | 'onChange'>
  log: Log
}

export function loadSecondFile({ load, core, onComplete, timeoutMs, clock, page, log }: SecondFileParts): SecondFile {
  let forgetRetry = () => {}
  let isFinal = false
  let state: State = 'loading'

  const start = ({ startLate }: LateModule) => {
    if (state === 'stopped') return
    state = 'started'
    const late = startLate(core)
    if (late) onComplete(late)
  }
  const tryLoading = async (): Promise<void> => {
    try {
      const loaded = load()
      // The same task, where nothing has to be loaded: what is asked of a client at once is answered by the whole of it. With
      // zone.js or core-js on the page `import()` gives no instance of the page's `Promise`.
      start('startLate' in loaded ? loaded : await loaded)
    } catch (fault) {
      if (state === 'stopped') return
      log.once('error', 'late', 'second file missing', fault)
      log.speak(plainly)
      if (state !== 'loading' || isFinal) return
      state = 'failed'
      // A page that lost its network, or was blocked for a moment, gets another chance.
      forgetRetry = page.onChange(() => {
        if (!page.isActive()) return
        forgetRetry()
        state = 'loading'
        loading = tryLoading()
      })
    }
  }
  let loading = tryLoading()

  return {
    async settle() {
      if (state !== 'loading') return
      let cancel = () => {}
      await Promise.race([loading, new Promise<void>((resolve) => (cancel = clock.after(timeoutMs, resolve)))])
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
}
