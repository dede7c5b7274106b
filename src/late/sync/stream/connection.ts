import type { Clock } from '../../../browser/clock'
import type { OpenEventSource } from '../../../browser/eventSource'

/** The connection to the stream, of which there is one at a time. */
export interface Connection {
  /** Connects to this address, in place of the connection before. */
  open(url: string): void
  /** Whether the connection was opened, and has neither failed nor been closed since. */
  isOpen(): boolean
  readonly close: () => void
}

interface ConnectionParts {
  openEventSource: OpenEventSource
  clock: Pick<Clock, 'after'>
  onOpen: () => void
  onMessage: (data: string) => void
  /** The connection failed, and is closed. `isLasting`: the service refused it, and will refuse others for long. */
  onFailed: (why: string, isLasting: boolean) => void
}

/** A connection that has not opened after so long has failed, ms: some hang without an error. */
const OPENING_MS = 30_000

export function createConnection(parts: ConnectionParts): Connection {
  const { openEventSource, clock, onOpen, onMessage, onFailed } = parts
  let isOpen = false
  let cancelOpening = () => {}
  let closeSource: (() => void) | undefined

  const close = (): void => {
    isOpen = false
    cancelOpening()
    closeSource?.()
    closeSource = undefined
  }
  const fail = (data: string | undefined): void => {
    // The source closed itself.
    closeSource = undefined
    close()
    let code = 0
    try {
      code = Number((JSON.parse(data as string) as { code?: unknown }).code)
    } catch {
      // The error has no code: the network failed.
    }
    // The service's own codes: 4014x is a token that expired, other 4xxxx will not get better soon.
    onFailed(code ? `error ${code}` : 'the connection failed', /^4(?!014)\d{4}$/.test(`${code}`))
  }

  return {
    open(url) {
      close()
      try {
        closeSource = openEventSource(url, {
          onOpen() {
            cancelOpening()
            isOpen = true
            onOpen()
          },
          onMessage,
          onError: fail,
        })
      } catch (fault) {
        // WebKit throws where the page's policy forbids the address, every browser where it is none.
        return onFailed(String(fault), true)
      }
      cancelOpening = clock.after(OPENING_MS, () => {
        close()
        onFailed('the connection does not open', false)
      })
    },
    isOpen: () => isOpen,
    close,
  }
}
