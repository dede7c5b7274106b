/** An origin of this machine: what an application in development has. */
const loopback = /^https?:\/\/(([\w-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * What the service lets pages of another origin do, for pages of this machine and of the origins named. Each header is named: `*`
 * does not cover Authorization.
 *
 * @param how.allowedOrigins beside those of this machine
 */
export function createCorsHeaders({
  allowedOrigins,
  exposeRetryAfter,
}: {
  allowedOrigins: readonly string[]
  exposeRetryAfter: boolean
}) {
  return {
    isAllowed: (origin: string) => loopback.test(origin) || allowedOrigins.includes(origin),

    /**
     * What every answer has.
     *
     * @param origin of the page that asks
     */
    always: (origin: string | undefined): Record<string, string> => ({
      vary: 'Origin',
      ...(origin !== undefined && { 'access-control-allow-origin': origin }),
      ...(exposeRetryAfter && { 'access-control-expose-headers': 'Retry-After' }),
    }),

    /** The headers that only an answer to a preflight has. */
    preflight: {
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers':
        'Accept, Content-Type, Authorization, SplitSDKVersion, SplitSDKImpressionsMode, Cache-Control',
      'access-control-max-age': '600',
    },
  }
}
