import { isCount, type RecordedImpression } from './createRecorder'
import type { Delivery } from '../shared/types'

export interface Fate {
  /** The fate of the row, in a word or two. */
  word: string
  /** The same in a sentence. */
  sentence: string
  tone: 'good' | 'bad' | 'plain'
}

const MEANS: Record<Delivery['transport'], string> = {
  fetch: 'fetch',
  beacon: 'beacon',
  keepalive: 'keepalive fetch',
  disk: 'disk',
  note: 'note',
}

/** The fate of an impression, as far as this page knows. */
export function fateOf(recorded: RecordedImpression): Fate {
  const { impression, delivery } = recorded
  if (impression.disposition === 'dropped') {
    const isOverride = impression.label === 'override'
    return {
      word: 'not sent',
      sentence: isOverride
        ? 'Decisions that QA set are shown to listeners only.'
        : 'Shown to listeners only: consent was declined, or the flags are given in code.',
      tone: 'plain',
    }
  }
  const counted = isCount(recorded)
  const what = !counted ? 'It' : 'Its count'
  const why =
    impression.disposition === 'counted'
      ? 'Tracking is off: only counts and unique keys leave the page. '
      : counted
        ? 'The same decision was already recorded this hour, by this page or another one: it is counted. '
        : ''
  const kind = impression.disposition === 'counted' ? 'counted' : 'deduplicated'
  const named = (word: string) => (counted ? `${kind}, ${word}` : word)
  if (!delivery || delivery.outcome === 'deduplicated') {
    return {
      word: counted ? kind : 'queued',
      sentence: `${why}${what} waits for the next post.`,
      tone: 'plain',
    }
  }
  const { outcome, transport, status, reason } = delivery
  const by = `${MEANS[transport]}${status ? ` ${status}` : ''}`
  if (outcome === 'sent') {
    return { word: named(`sent, ${by}`), sentence: `${why}${what} was sent by ${by} (${reason}).`, tone: 'good' }
  }
  const sentences = {
    refused: 'was refused as a beacon by the browser, and is kept.',
    kept: status
      ? `was not taken (status ${status}), and is kept for another attempt.`
      : 'is kept for another attempt.',
    blocked: 'got no answer, as if something blocks it on this page; it is kept for another attempt.',
    doubtful: 'was on its way when the page went; the next page finds out whether it arrived.',
    dropped: status ? `was refused with status ${status}, and is lost.` : 'was lost to the limits of the queue.',
  }
  return {
    word: named(outcome === 'dropped' ? 'lost' : outcome),
    sentence: `${why}${what} ${sentences[outcome]}`,
    tone: outcome === 'kept' || outcome === 'doubtful' ? 'plain' : 'bad',
  }
}
