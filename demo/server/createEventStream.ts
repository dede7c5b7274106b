import type { Context } from 'hono'
import { streamSSE, type SSEMessage, type SSEStreamingApi } from 'hono/streaming'
import type { NodeEnv } from './types'

/** A stream of server-sent events, open until one of the two sides ends it. What is already closed takes nothing more. */
export interface EventStream {
  response: Response
  send(event: SSEMessage & { data: string }): void
  /** Sends a text as it is: a comment, or whatever else a test wants to send. */
  write(text: string): void
  /** Ends the response in an orderly way. */
  end(): void
  /** Cuts the connection, as a network does. */
  cut(): void
}

/**
 * Opens a stream as the answer to a request.
 *
 * @param maxBehind a reader that is further behind, in characters, is cut off: it would be kept in memory for as long as it sleeps
 */
export function createEventStream<Env extends NodeEnv>(
  context: Context<Env>,
  { maxBehind = Infinity, onClose }: StreamOptions,
): EventStream {
  const { socket } = context.env.incoming
  let behind = 0
  let lastWritten: Promise<unknown> = Promise.resolve()
  let isOpen = true
  let finish!: () => void
  let stream!: SSEStreamingApi
  const response = streamSSE(context, (given) => {
    stream = given
    return new Promise<void>((resolve) => (finish = resolve))
  })
  const cut = () => void socket.resetAndDestroy()

  function close() {
    if (!isOpen) return
    isOpen = false
    onClose()
    // What was sent before is delivered before the stream ends.
    void lastWritten.then(finish)
  }

  function push(length: number, write: () => Promise<unknown>) {
    if (!isOpen) return
    behind += length
    lastWritten = write().then(() => (behind -= length))
    if (behind > maxBehind) cut()
  }

  // The body is cancelled only when something is written to a connection that is gone.
  socket.once('close', close)

  return {
    response,
    send: (event) => push(event.data.length, () => stream.writeSSE(event)),
    write: (text) => push(text.length, () => stream.write(text)),
    end: close,
    cut,
  }
}

interface StreamOptions {
  maxBehind?: number
  /** Called when the stream is over, whoever ended it. */
  onClose: () => void
}
