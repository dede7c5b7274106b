const ownNames = new Set(['127.0.0.1', 'localhost'])

/**
 * Whether a request is meant for this server. Somebody else's name may be made to resolve to loopback: a page under that name would
 * then read everything here as its own origin.
 *
 * @param host the header
 */
export function isOwnHost(host: string | undefined) {
  return ownNames.has(host?.replace(/:\d+$/, '') ?? '')
}
