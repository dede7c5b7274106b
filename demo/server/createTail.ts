import type { Context } from 'hono'
import type { Database } from './createDatabase'
import { createEventStream, type EventStream } from './createEventStream'
import { meetsCriteria } from './meetsCriteria'
import type { Criteria } from './parseCriteria'
import type { NodeEnv, StoredRow } from './types'

/** How often something is sent, ms: some proxies cut a connection that is silent for 30 s. */
const heartbeatMs = 15_000
/** A page that is this many characters behind is cut off; it comes back by itself and says what it has. */
const maxBehind = 1 << 20
/** How often totals are counted at most, ms: a busy minute must not count everything stored at each request. */
const totalsMs = 100
/** Rows of each kind that a new follower gets, and at most after a break. */
const firstRows = 100

const kinds = ['impressions', 'events'] as const
type Kind = (typeof kinds)[number]

interface Follower {
  stream: EventStream
  criteria: Criteria
  /** The ids of the newest rows that the follower was told of. */
  told: Record<Kind, number>
}

export type Tail = ReturnType<typeof createTail>

/** The live tail: server-sent events to every page that follows. */
export function createTail(database: Database) {
  /** Names this run of the server, because ids of rows mean nothing in another run. */
  const run = Date.now().toString(36)
  const followers = new Set<Follower>()
  const heartbeat = setInterval(() => followers.forEach(({ stream }) => stream.write(':\n\n')), heartbeatMs).unref()
  let totalsTimer: NodeJS.Timeout | undefined

  /** @param rows oldest first */
  function sendRows({ stream, told }: Follower, kind: Kind, rows: StoredRow[]) {
    const newest = rows.at(-1)
    if (!newest) return
    told[kind] = Number(newest['id'])
    stream.send({ event: kind, data: JSON.stringify(rows), id: `${run}.${told.impressions}.${told.events}` })
  }

  const totals = () => ({ event: 'totals', data: JSON.stringify(database.totals()) })

  return {
    /** A follower that was cut off says in a header what it has seen. */
    follow<Env extends NodeEnv>(context: Context<Env>, criteria: Criteria): Response {
      const lastEventId = context.req.header('last-event-id')
      const [lastRun, ...ids] = lastEventId?.split('.') ?? []
      const [impressions = 0, events = 0] = lastRun === run ? ids.map((id) => Number(id) || 0) : []
      const stream = createEventStream(context, { maxBehind, onClose: () => followers.delete(follower) })
      const follower = { stream, criteria, told: { impressions, events } }
      followers.add(follower)
      stream.write('retry: 1000\n\n')
      for (const kind of kinds) {
        const rows = database.newest(kind, criteria, follower.told[kind], firstRows)
        sendRows(follower, kind, rows.reverse())
      }
      stream.send(totals())
      return stream.response
    },

    /**
     * Something was stored or deleted.
     *
     * @param kind of the rows that are told one by one; of others only the totals are
     * @param rows oldest first
     */
    arrived(kind?: Kind, rows: StoredRow[] = []) {
      if (kind && rows.length > 0) {
        for (const follower of followers) {
          sendRows(
            follower,
            kind,
            rows.filter((row) => meetsCriteria(row, follower.criteria)),
          )
        }
      }
      totalsTimer ??= setTimeout(() => {
        totalsTimer = undefined
        if (followers.size === 0) return
        const event = totals()
        for (const { stream } of followers) stream.send(event)
      }, totalsMs)
    },

    close() {
      clearInterval(heartbeat)
      clearTimeout(totalsTimer)
      for (const { stream } of followers) stream.cut()
    },
  }
}
