import type { Clock } from '../../../browser/clock'
import type { Page } from '../../../browser/page'

interface PresenceParts {
  page: Pick<Page, 'isActive' | 'onChange'>
  clock: Pick<Clock, 'after'>
  /** Called when the page was inactive for a minute. */
  onAway: () => void
  /** Called when the page is active again, however short it was inactive. */
  onBack: () => void
}

/**
 * A page closes its connection after it was hidden or offline for so long, ms: a connection that dies in the background does so silently,
 * and over HTTP/1.1 six tabs with a stream each would leave no connection for anything else.
 */
const AWAY_MS = 60_000

/** Watches whether somebody looks at the page. @returns a function that ends it */
export function watchPresence({ page, clock, onAway, onBack }: PresenceParts): () => void {
  let cancelAway = () => {}
  const stopListening = page.onChange(() => {
    cancelAway()
    if (page.isActive()) onBack()
    else cancelAway = clock.after(AWAY_MS, onAway)
  })
  return () => {
    stopListening()
    cancelAway()
  }
}
