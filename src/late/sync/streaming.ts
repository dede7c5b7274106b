import { createStops } from '../../shared/stops'
import type { Page } from '../../browser/page'
import type { RefusedResource } from '../../shared/types'
import type { Stream } from './stream/createStream'

/** The stream, which is loaded when everything else works. */
export interface Streaming {
  /** Loads the stream and connects it, once. Where loading fails, polling goes on, and the next call tries again. */
  start(): void
  /** Says that a key was registered. */
  addKey(): void
  /** Whether the stream brings changes; otherwise polling does. */
  isUp(): boolean
  /** The token, where the service refuses it. */
  refused(): RefusedResource[]
  readonly stop: () => void
}

/** @param load makes the stream, whose code is a file that is loaded only then. It rejects where that is impossible */
export function createStreaming(
  load: () => Promise<Stream>,
  page: Pick<Page, 'onHide' | 'onRestore'>,
  onFault: (why: unknown) => void,
): Streaming {
  const stops = createStops()
  let loading: Promise<void> | undefined
  let stream: Stream | undefined

  return {
    start() {
      loading ??= load().then(
        (loaded) => {
          if (stops.isStopped) return
          stream = loaded
          // A page in the bfcache has no stream.
          stops.push(
            loaded.stop,
            page.onHide((moment) => moment === 'pagehide' && loaded.stop()),
            page.onRestore(loaded.start),
          )
          loaded.start()
        },
        (why) => {
          loading = undefined
          onFault(why)
        },
      )
    },
    addKey: () => stream?.addKey(),
    isUp: () => !!stream?.isUp(),
    refused: () => stream?.refused() ?? [],
    stop: stops.stop,
  }
}
