import type { Entry } from './batch'
import type { Tools } from './tools'
import type { Channel } from './types'
import type { WriteAhead } from './writeAhead'

/**
 * Decides what becomes of batches in doubt: a page had posted them when it went, and nobody saw the answer. How the endpoint answered
 * other posts before and after tells whether they arrived. So a healthy service gets each batch once, and an outage that any page saw
 * costs nothing.
 */
export interface Doubts {
  /**
   * Removes the batches of a kind that arrived. Those that did not are no longer in doubt, and wait to be sent again. Of the others the
   * oldest becomes a probe, whose answer decides the rest, if nothing decides on it for a minute: `send` is called then.
   */
  judge(channel: Channel, send: () => void): void
}

interface DoubtsParts extends Pick<Tools, 'outbox' | 'endpoints' | 'clock' | 'stops'> {
  writeAhead: Pick<WriteAhead, 'read'>
}

/** The time that a batch in doubt waits for the answer to another post. */
const PROBE_AFTER_MS = 60_000
/** A batch that has been in doubt for so long is sent at once. */
const MOST_DOUBT_MS = 86_400_000

export function createDoubts({ outbox, endpoints, clock, stops, writeAhead }: DoubtsParts): Doubts {
  /** Cancels the next probe, by kind. */
  const probes = new Map<string, () => void>()
  /** The last probe of each kind. No other follows while it is here: it may wait for the network. */
  const sent = new Map<string, Entry>()
  stops.push(() => probes.forEach((cancel) => cancel()))

  /** Decides on the batches of which enough is known. @returns the oldest of the others */
  const decide = ({ kind, url, post }: Channel): Entry | undefined => {
    let oldest: Entry | undefined
    for (const entry of [...outbox.entries.values()]) {
      if (entry.kind !== kind || entry.doubt === undefined) continue
      // An integration's batch is always sent again: its receiver can tell by the id that it has it already.
      const wasDelivered = post ? false : endpoints.wasDelivered(url, entry.doubt)
      if (wasDelivered) outbox.remove([entry])
      else if (wasDelivered === false) delete entry.doubt
      // The comparison is false for the first one, because there is no oldest yet.
      else if (!(entry.doubt >= (oldest?.doubt as number))) oldest = entry
    }
    return oldest
  }

  return {
    judge(channel, send) {
      const { kind } = channel
      const { doubt } = decide(channel) ?? {}
      const last = sent.get(kind)
      if (doubt === undefined || probes.has(kind) || (last && outbox.has(last))) return
      const probe = async () => {
        // Another page may have heard of the endpoint meanwhile.
        await writeAhead.read()
        probes.delete(kind)
        const oldest = decide(channel)
        if (oldest) {
          delete oldest.doubt
          sent.set(kind, oldest)
        }
        send()
      }
      const isOverdue = clock.now() - doubt > MOST_DOUBT_MS
      probes.set(
        kind,
        clock.after(isOverdue ? 0 : PROBE_AFTER_MS, () => void probe(), true),
      )
    },
  }
}
