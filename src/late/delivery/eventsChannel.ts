import type { Channel } from './types'
import type { EventItem } from '../../events/types'

/** How events travel: the body is the list of them. */
export function createEventsChannel(urls: { url: string; beaconUrl: string }, flushMs: number): Channel<EventItem> {
  return { kind: 'events', ...urls, flushMs, body: (items) => items }
}
