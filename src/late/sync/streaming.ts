import type { Page } from '../../browser/page'
import type { RefusedResource } from '../../shared/types'
import type { Stream } from './stream/createStream'

/** The stream, which is loaded when everything else works. */
export interface Streaming {
  /** Loads and connects it, once. Where that fails, polling goes on. */
  start(): void
  addKey(): void
  /** Whether the stream brings what happens; otherwise polling does. */
  isUp(): boolean
  /** What the service refuses of it. */
  refused(): RefusedResource[]
  stop(): void
}

/** @param load makes the stream, from a file that is fetched only now; where there are no dynamic imports it rejects */
export function createStreaming(
  load: () => Promise<Stream>,
  page: Pick<Page, 'onHide' | 'onRestore'>,
  onFault: (why: unknown) => void,
): Streaming {
  const stops: (() => void)[] = []
  let loading: Promise<void> | undefined
  let stream: Stream | undefined
  let isStopped = false

  return {
    start() {
      loading ??= load().then((loaded) => {
        if (isStopped) return
        stream = loaded
        // While the page lies in the bfcache there is none.
        stops.push(
          page.onHide((moment) => moment === 'pagehide' && loaded.stop()),
          page.onRestore(loaded.start),
        )
        loaded.start()
      }, onFault)
    },
    addKey: () => stream?.addKey(),
    isUp: () => !!stream?.isUp(),
    refused: () => stream?.refused() ?? [],
    stop() {
      isStopped = true
      for (const stop of stops) stop()
      stream?.stop()
    },
  }
}
