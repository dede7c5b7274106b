/** How long a server asks to wait, where the page may read it. Only seconds are read, as most servers send them. */
export function retryAfterOf({ headers }: Response): { retryAfterMs?: number } {
  const seconds = Number(headers.get('Retry-After'))
  return seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}
