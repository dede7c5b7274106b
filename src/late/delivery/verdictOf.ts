/**
 * The parts of the answer to a post that matter. `status` is undefined when none came: no network, a time-out, an abort.
 */
export interface PostAnswer {
  readonly status?: number | undefined
  /** The `type` of the response. It is `opaqueredirect` where the server redirected the post, which was not followed. */
  readonly type?: string | undefined
  /** The pause that the server asked for, ms, where the browser lets us read it. */
  readonly retryAfterMs?: number | undefined
}

/**
 * The meaning of an answer for the items of the post. `delivered`: they are done · `tooBig`: they are sent in halves ·
 * `busy`, `unanswered`: they are sent again later · `refused`, `redirected`: much later, as somebody has to mend it first ·
 * `invalid`: they are sent once more, then dropped.
 */
export type Verdict = 'delivered' | 'tooBig' | 'busy' | 'unanswered' | 'refused' | 'redirected' | 'invalid'

/** The status alone decides: a body may be cut, broken, or never end. */
export function verdictOf({ status = 0, type }: PostAnswer): Verdict {
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) return 'redirected'
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 413) return 'tooBig'
  if (status === 408 || status === 429 || status >= 500) return 'busy'
  if (status === 401 || status === 403 || status === 404) return 'refused'
  return status >= 400 ? 'invalid' : 'unanswered'
}

/** Pause after a 429 without a readable Retry-After. */
const AFTER_429_MS = 30_000

/** The pause that a busy server asked for, ms; 0 when it asked for none. */
export function toldPauseOf({ status, retryAfterMs }: PostAnswer): number {
  return retryAfterMs ?? (status === 429 ? AFTER_429_MS : 0)
}
