// @ts-check

/**
 * What the service lets another origin do. Each header is named: `*` does not cover Authorization.
 *
 * @param {boolean} exposeRetryAfter
 */
export function createCorsHeaders(exposeRetryAfter) {
  /** On every answer. @type {Record<string, string>} */
  const always = { 'access-control-allow-origin': '*' }
  if (exposeRetryAfter) always['access-control-expose-headers'] = 'Retry-After'

  /** On the answer to a preflight. */
  const preflight = {
    ...always,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers':
      'Accept, Content-Type, Authorization, SplitSDKVersion, SplitSDKImpressionsMode, Cache-Control',
    'access-control-max-age': '600',
  }
  return { always, preflight }
}
