import type { Entry } from './batch'
import type { Tools } from './tools'
import type { Channel } from './types'

/**
 * Decides what becomes of batches in doubt: a page had posted them when it went, and nobody saw the answer. How the endpoint answered
 * other posts before and after tells whether they arrived. So a healthy service gets each batch once, and an outage that any page saw
 * costs nothing.
 */
export interface Doubts {
  /** Removes the batches that arrived, and sends again those that did not. The others stay in doubt until more is known. */
  judge(): void
  stop(): void
}

interface DoubtsParts extends Pick<Tools, 'outbox' | 'endpoints' | 'channels' | 'clock'> {
  /** Reads what other pages know of the endpoints. */
  learn: () => Promise<void>
  send: (channel: Channel) => Promise<void>
}

/** When nothing else is sent to an endpoint for so long, its oldest batch in doubt is sent as a probe, whose answer decides the rest. */
const PROBE_AFTER_MS = 60_000
/** A batch that has been in doubt for so long is sent at once. */
const MOST_DOUBT_MS = 86_400_000

export function createDoubts({ outbox, endpoints, channels, clock, learn, send }: DoubtsParts): Doubts {
  let cancelProbe: (() => void) | undefined

  const sendAgain = (chosen: Iterable<Channel>) => {
    for (const channel of chosen) void send(channel).then(judge)
  }
  /** Decides on the batches of which enough is known. @returns the oldest of the others, for each endpoint */
  const decide = (): Map<Channel, Entry> => {
    const again = new Set<Channel>()
    const undecided = new Map<Channel, Entry>()
    for (const entry of [...outbox.entries.values()]) {
      const channel = channels.get(entry.kind)
      if (entry.doubt === undefined || !channel) continue
      // An integration's batch is always sent again: its receiver can tell by the id that it has it already.
      const wasDelivered = channel.post ? false : endpoints.wasDelivered(channel.url, entry.doubt)
      if (wasDelivered) outbox.remove([entry])
      else if (wasDelivered === false) {
        delete entry.doubt
        again.add(channel)
      } else if (!(entry.doubt >= (undecided.get(channel)?.doubt ?? NaN))) {
        // A stored time may be no number. Its batch is sent as a probe like any other.
        undecided.set(channel, entry)
      }
    }
    sendAgain(again)
    return undecided
  }
  const judge = () => {
    const undecided = [...decide().values()]
    const isOverdue = undecided.some(({ doubt = 0 }) => clock.now() - doubt > MOST_DOUBT_MS)
    if (undecided.length) cancelProbe ??= clock.after(isOverdue ? 0 : PROBE_AFTER_MS, () => void probe(), true)
  }
  const probe = async () => {
    // Another page may have heard of the endpoint meanwhile.
    await learn()
    cancelProbe = undefined
    const oldest = decide()
    for (const entry of oldest.values()) delete entry.doubt
    sendAgain(oldest.keys())
  }

  return { judge, stop: () => cancelProbe?.() }
}
