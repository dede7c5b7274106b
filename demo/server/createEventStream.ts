import type { IncomingMessage } from 'node:http'

/** A stream of server-sent events, open until one of the two sides ends it. */
export interface EventStream {
  response: Response
  /** What is already closed takes nothing more. */
  write(text: string): void
  /** Ends the response in an orderly way. */
  end(): void
  /** Cuts the connection, as a network does. */
  cut(): void
}

/**
 * Opens a stream as the answer to a request. Events are written as text: comments, and whatever else a test wants to send, are part
 * of what is written here.
 *
 * @param maxBehindBytes a reader that is further behind is cut off: it would be kept in memory for as long as it sleeps
 */
export function createEventStream(
  request: IncomingMessage,
  { headers = {}, maxBehindBytes = Infinity, onClose }: StreamOptions,
): EventStream {
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const cut = () => void request.socket.resetAndDestroy()

  function close() {
    if (!controller) return
    controller = undefined
    onClose()
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given
      },
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxBehindBytes }),
  )
  // The body is cancelled only when something is written to a connection that is gone.
  request.socket.once('close', close)

  return {
    response: new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers },
    }),
    write(text) {
      controller?.enqueue(encoder.encode(text))
      if ((controller?.desiredSize ?? 0) < 0) cut()
    },
    end() {
      controller?.close()
      close()
    },
    cut,
  }
}

interface StreamOptions {
  headers?: Record<string, string>
  maxBehindBytes?: number
  /** The stream is over, whoever ended it. */
  onClose: () => void
}
