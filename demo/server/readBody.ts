import type { IncomingMessage } from 'node:http'

/**
 * The body as text, or undefined when it is longer than `limit` bytes. A body that is too long is read to its end all the same: a
 * browser that is still sending reports a network error instead of the answer.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString('utf8')
}
