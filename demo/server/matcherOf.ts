import type { Received, Where } from './types'

/**
 * A text means requests whose path below the API's base starts with it, preflights not included; a function is asked about
 * every request.
 */
export function matcherOf(where: Where): (request: Received) => boolean {
  if (typeof where === 'function') return where
  return (request) => request.method !== 'OPTIONS' && request.path.startsWith(where)
}
