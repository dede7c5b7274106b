// @ts-check

/**
 * The body as text, or undefined when it is longer than `limit` bytes. A body that is too long is read to its end all the
 * same: a browser that is still sending reports a network error instead of the answer.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {number} limit
 * @returns {Promise<string | undefined>}
 */
export async function readBody(request, limit) {
  /** @type {Buffer[]} */
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString('utf8')
}
