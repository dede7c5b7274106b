// @ts-check

/**
 * @typedef {import('./createServer.mjs').Received} Received
 * @typedef {import('./createServer.mjs').Where} Where
 */

/**
 * A text means requests whose path below the API's base starts with it, preflights not included; a function is asked about
 * every request.
 *
 * @param {Where} where
 * @returns {(request: Received) => boolean}
 */
export function matcherOf(where) {
  if (typeof where === 'function') return where
  return (request) => request.method !== 'OPTIONS' && request.path.startsWith(where)
}
