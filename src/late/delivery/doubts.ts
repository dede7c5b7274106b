import type { Entry } from './outbox'
import type { Tools } from './tools'
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

interface DoubtsParts extends Pick<Tools, 'outbox' | 'endpoints' | 'channels' | 'clock'> {
  /** Takes in what other pages know of the endpoints. */
  learn: () => Promise<void>
  send: (channel: Channel) => Promise<void>
}

/** If nothing else goes to an endpoint for so long, the oldest batch in doubt is sent, and its answer decides the rest. */
const PROBE_AFTER_MS = 60_000
/** So long undecided, it is not waited for any more. */
const MOST_DOUBT_MS = 86_400_000

export function createDoubts({ outbox, endpoints, channels, clock, learn, send }: DoubtsParts): Doubts {
  let cancelProbe: (() => void) | undefined

  const sendAgain = (again: Iterable<Channel>) => {
    for (const channel of again) void send(channel).then(judge)
  }
  /** Decides on those of which enough is known. @returns the oldest of the others at each endpoint */
  const decide = (): Map<Channel, Entry> => {
    const again = new Set<Channel>()
    const undecided = new Map<Channel, Entry>()
    for (const entry of [...outbox.entries.values()]) {
      const channel = channels.get(entry.kind)
      if (entry.doubt === undefined || !channel) continue
      // The receiver of an integration is told by the id that it has them already.
      const wasDelivered = channel.post ? false : endpoints.wasDelivered(channel.url, entry.doubt)
      if (wasDelivered) outbox.remove([entry])
      else if (wasDelivered === false) {
        delete entry.doubt
        again.add(channel)
      } else if (entry.doubt < (undecided.get(channel)?.doubt ?? Infinity)) undecided.set(channel, entry)
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
