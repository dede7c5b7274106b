// @ts-check

/** Some proxies cut a connection that is silent for 30 s. */
const heartbeatMs = 15_000
/** A reader that is this far behind (1 MiB) is cut off; it comes back by itself and says what it has. */
const maxBehindBytes = 1 << 20

/**
 * The live tail: Server-Sent Events to every page that follows.
 */
export function createTail() {
  /** @type {Set<import('node:http').ServerResponse>} */
  const followers = new Set()
  const heartbeat = setInterval(() => broadcast(':\n\n'), heartbeatMs).unref()

  /** @param {string} text */
  function broadcast(text) {
    for (const follower of followers) {
      if (follower.writableLength > maxBehindBytes) follower.destroy()
      else follower.write(text)
    }
  }

  return {
    /**
     * @param {import('node:http').ServerResponse} response
     * @param {string} first what the follower does not have yet
     */
    follow(response, first) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      response.write(`retry: 1000\n\n${first}`)
      followers.add(response)
      response.on('close', () => followers.delete(response))
    },

    /** @param {string} text */
    send: broadcast,

    close() {
      clearInterval(heartbeat)
      for (const follower of followers) follower.destroy()
    },
  }
}

/**
 * One event in the stream's format.
 *
 * @param {string} type
 * @param {unknown} data
 * @param {number} [id]
 */
export function serverSentEvent(type, data, id) {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
