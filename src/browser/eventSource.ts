/** The functions that are called for a connection. */
export interface EventSourceListener {
  readonly onOpen: () => void
  readonly onMessage: (data: string) => void
  /** The connection failed or was refused, with the text that came along, if any. It is not tried again. */
  readonly onError: (data: string | undefined) => void
}

/** Opens a stream of server-sent events. @returns a function that closes it, after which the listener is not called any more */
export type OpenEventSource = (url: string, listener: EventSourceListener) => () => void

/** The browser's event source, as a function that opens one; undefined where there is none, such as in some workers. */
export function findEventSource(): OpenEventSource | undefined {
  if (typeof EventSource !== 'function') return undefined
  return (url, { onOpen, onMessage, onError }) => {
    const source = new EventSource(url)
    const close = () => {
      source.onopen = source.onmessage = source.onerror = null
      source.close()
    }
    source.onopen = onOpen
    source.onmessage = ({ data }: MessageEvent<string>) => onMessage(data)
    source.onerror = (event) => {
      // An event source reconnects by itself with the same token, which may be the very reason for the error.
      close()
      onError((event as MessageEvent<string | undefined>).data)
    }
    return close
  }
}
