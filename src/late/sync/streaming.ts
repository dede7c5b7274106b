import type { RefusedResource } from '../../shared/types'
import type { Stream } from './stream/createStream'

/** The stream, as a bonus: loaded when everything else works. */
export interface Streaming {
  /** Loads and connects it, once. Where that fails, polling goes on. */
  start(): void
  addKey(): void
  /** It brings what happens; otherwise polling does. */
  isUp(): boolean
  /** What the service refuses of it. */
  refused(): RefusedResource[]
  /** The page lies in the bfcache, and comes back. */
  pause(): void
  resume(): void
  stop(): void
}

/** @param load makes the stream, from a file that is fetched only now; where there are no dynamic imports it rejects */
export function createStreaming(load: () => Promise<Stream>, onFault: (why: unknown) => void): Streaming {
  let loading: Promise<void> | undefined
  let stream: Stream | undefined
  let isStopped = false

  return {
    start() {
      loading ??= load().then((loaded) => {
        if (isStopped) return
        stream = loaded
        stream.start()
      }, onFault)
    },
    addKey: () => stream?.addKey(),
    isUp: () => !!stream?.isUp(),
    refused: () => stream?.refused() ?? [],
    pause: () => stream?.stop(),
    resume: () => stream?.start(),
    stop() {
      isStopped = true
      stream?.stop()
    },
  }
}
