import { stringify } from '../../shared/json'
import { LONGEST_PAUSE_MS } from '../backoff'
import { setDeadline } from '../../browser/setDeadline'
import type { Clock } from '../../browser/clock'
import type { Log } from '../../shared/log'
import type { Stops } from '../../shared/stops'
import type { Channel } from './types'
import type { PostAnswer } from './verdictOf'
import type { NamedOutbox } from '../types'

interface NamedOutboxParts {
  name: string
  add: (kind: string, item: unknown, bytes: number) => void
  dirty: (kind: string) => void
  /** Adds a channel, in place of one of the same kind. */
  addChannel: (channel: Channel) => void
  clock: Clock
  stops: Pick<Stops, 'push'>
  log: Log
}

/** Deadline of a post: one that never ends would hold up all that waits. */
const POST_TIMEOUT_MS = 30_000
/** Pause between two posts unless the integration says otherwise. */
const FLUSH_MS = 60_000
/** Least pause between two posts: a mistyped unit must not turn into a request loop. */
const MIN_FLUSH_MS = 1_000

/** The outbox of one integration: foreign code on one side, a kind as pennon's own on the other. */
export function createNamedOutbox({ name, add, dirty, addChannel, clock, stops, log }: NamedOutboxParts): NamedOutbox {
  // A name may be that of one of pennon's own kinds.
  const kind = `integration ${name}`
  /** Ends the posts that are under way. */
  const ends = new Set<() => void>()
  stops.push(() => ends.forEach((end) => end()))
  /** Calls the integration. What it throws costs one log line. */
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act()
    } catch (fault) {
      log.once('error', kind, `${name}: ${String(fault)}`)
      return undefined
    }
  }

  return {
    deliver(how) {
      addChannel({
        kind,
        url: how.beaconUrl ?? name,
        beaconUrl: how.beaconUrl ?? '',
        flushMs: Math.max(MIN_FLUSH_MS, how.flushMs || FLUSH_MS),
        post: (items, id) =>
          new Promise<PostAnswer>((resolve) => {
            const deadline = new AbortController()
            const settle = (answer: PostAnswer) => {
              cancel()
              ends.delete(end)
              resolve(answer)
            }
            const end = () => {
              deadline.abort()
              settle({})
            }
            const cancel = setDeadline(clock, POST_TIMEOUT_MS, end)
            ends.add(end)
            Promise.resolve(attempt(() => how.post(items, { id, signal: deadline.signal })))
              .then(({ status, type, retryAfterMs = 0 } = {} as never) =>
                // A number that is none counts as no answer, and as no pause.
                settle({
                  status: Number(status) || 0,
                  type,
                  retryAfterMs: retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_PAUSE_MS) : undefined,
                }),
              )
              // Some answers cannot even be read: `null`, or a symbol as status.
              .catch(() => settle({}))
          }),
        body: (items) => attempt(() => (how.body ? how.body(items) : items)),
        isReady: (item) => attempt(() => how.isReady?.(item) ?? true) ?? false,
        drain: () => attempt(() => how.drain?.().map(copyOf)) ?? [],
      })
    },
    add(item) {
      attempt(() => {
        const text = stringify(item)
        add(kind, JSON.parse(text), text.length)
      })
    },
    dirty: () => dirty(kind),
  }
}

/** A copy as JSON: anything else could not be stored, and would keep what is stored with it off the disk. */
function copyOf(item: unknown): unknown {
  return JSON.parse(stringify(item))
}
