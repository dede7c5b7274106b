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
  /** Resolves when it is there, or when waiting for it makes no sense: it cannot be had now. */
  readonly settled: Promise<void>
  /** A load that fails from now on is final. */
  stopRetrying(): void
  /** The page does not want it any more. */
  stop(): void
}

interface SecondFileParts {
  load: LoadLate
  core: Core
  /** It is there, and has taken over. */
  onComplete: (late: Late) => void
  page: Pick<Page, 'isActive' | 'onChange'>
  log: Log
}

export function loadSecondFile({ load, core, onComplete, page, log }: SecondFileParts): SecondFile {
  let stopRetrying = () => {}
  let state: 'loading' | 'failed' | 'settled' = 'loading'

  const start = ({ startLate }: LateModule) => {
    if (state === 'settled') return
    state = 'settled'
    const late = startLate(core)
    if (late) onComplete(late)
  }
  const tryLoading = async (): Promise<void> => {
    state = 'loading'
    stopRetrying()
    try {
      const loaded = load()
      // The same task, where nothing has to be loaded: what is asked of a client at once is answered by the whole of it.
      start(loaded instanceof Promise ? await loaded : loaded)
    } catch (fault) {
      if (state !== 'loading') throw fault
      state = 'failed'
      // A page that lost its network, or was blocked for a moment, gets another chance.
      stopRetrying = page.onChange(() => {
        if (page.isActive()) void tryLoading()
      })
      log.once('error', 'late', 'second file missing', fault)
      log.speak(plainly)
    }
  }
  const settled = tryLoading()

  return {
    settled,
    stopRetrying: () => stopRetrying(),
    stop() {
      state = 'settled'
    },
  }
}
