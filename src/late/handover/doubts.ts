import type { Clock } from '../../browser/clock'
import type { Endpoints } from './endpoints'
import type { Outbox } from './outbox'
import type { Channel } from './types'

/**
 * Decides on batches that a page had posted when it went, and whose answer nobody saw. How the endpoint answered before and
 * after tells whether they arrived: on a healthy service each goes once, and an outage that any page saw costs nothing.
 */
export interface Doubts {
  /** Decides on those of which enough is known. What did not arrive waits again. */
  judge(): void
  stop(): void
}

interface DoubtsParts {
  outbox: Outbox
  endpoints: Endpoints
  channelOf: (kind: string) => Channel | undefined
  clock: Clock
  send: (channel: Channel) => Promise<void>
}

/** If nothing else goes to an endpoint for so long, the oldest batch in doubt is sent, and its answer decides the rest. */
const PROBE_AFTER_MS = 60_000
/** So long undecided, it is not waited for any more. */
const MOST_DOUBT_MS = 86_400_000

export function createDoubts({ outbox, endpoints, channelOf, clock, send }: DoubtsParts): Doubts {
  let cancelProbe: (() => void) | undefined

  const sendAgain = (channel: Channel) => void send(channel).then(judge)
  const probe = () => {
    cancelProbe = undefined
    const channels = new Set<Channel>()
    for (const entry of outbox.entries()) {
      const channel = channelOf(entry.kind)
      if (entry.doubt === undefined || !channel || channels.has(channel)) continue
      channels.add(channel)
      delete entry.doubt
    }
    channels.forEach(sendAgain)
  }
  const judge = () => {
    const again = new Set<Channel>()
    let isUndecided = false
    let isOverdue = false
    for (const entry of [...outbox.entries()]) {
      const { kind, doubt } = entry
      const channel = channelOf(kind)
      if (doubt === undefined || !channel) continue
      // The receiver of an integration is told by the id that it has them already.
      const wasDelivered = channel.post ? false : endpoints.wasDelivered(channel.url, doubt)
      if (wasDelivered) outbox.remove([entry])
      else if (wasDelivered === false) {
        delete entry.doubt
        again.add(channel)
      } else {
        isUndecided = true
        isOverdue ||= clock.now() - doubt > MOST_DOUBT_MS
      }
    }
    again.forEach(sendAgain)
    if (isUndecided) cancelProbe ??= clock.after(isOverdue ? 0 : PROBE_AFTER_MS, probe, true)
  }

  return { judge, stop: () => cancelProbe?.() }
}
