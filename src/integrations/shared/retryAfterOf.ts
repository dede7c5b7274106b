/** What a server asks to wait, where the page may read it: in seconds, as most say it. */
export function retryAfterOf({ headers }: Response): { retryAfterMs?: number } {
  const seconds = Number(headers.get('Retry-After'))
  return seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}
