// @ts-check
import { matcherOf } from './matcherOf.mjs'

/**
 * @typedef {import('./createServer.mjs').Received} Received
 * @typedef {import('./createServer.mjs').Where} Where
 */

/**
 * Everything the API received, newest last, for tests to look at. Bounded, so that a server left running does not grow.
 *
 * @param {number} limit
 */
export function createRecorder(limit) {
  /** @type {Received[]} */
  const received = []
  /** @type {Set<() => void>} */
  const waiting = new Set()
  const look = () => {
    for (const check of [...waiting]) check()
  }

  return {
    received,

    /** @param {Received} request */
    add(request) {
      received.push(request)
      if (received.length > limit) received.splice(0, received.length - limit)
      look()
    },

    /**
     * A request was answered.
     *
     * @param {Received} request
     * @param {number} status
     */
    answered(request, status) {
      request.status = status
      look()
    },

    clear() {
      received.length = 0
    },

    /**
     * @param {number} count
     * @param {Where} where
     * @param {number} timeoutMs
     * @returns {Promise<Received[]>}
     */
    waitFor(count, where, timeoutMs) {
      const matches = matcherOf(where)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          const seen = received.map((request) => `${request.method} ${request.path}`).join(', ') || 'nothing'
          const wanted = typeof where === 'string' ? where : 'what was asked for'
          const found = received.filter(matches).length
          reject(new Error(`After ${timeoutMs} ms ${found} of ${count} requests for ${wanted}. Received: ${seen}`))
        }, timeoutMs)
        const check = () => {
          const found = received.filter(matches)
          if (found.length < count) return
          waiting.delete(check)
          clearTimeout(timer)
          resolve(found)
        }
        waiting.add(check)
        check()
      })
    },
  }
}
