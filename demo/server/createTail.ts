import type { IncomingMessage } from 'node:http'
import type { Database } from './createDatabase'
import { createEventStream, type EventStream } from './createEventStream'
import { meetsCriteria } from './meetsCriteria'
import type { Criteria } from './parseCriteria'
import type { StoredRow } from './types'

/** Some proxies cut a connection that is silent for 30 s. */
const heartbeatMs = 15_000
/** A page that is this far behind (1 MiB) is cut off; it comes back by itself and says what it has. */
const maxBehindBytes = 1 << 20
/** A busy minute must not count everything stored at each request. */
const totalsMs = 100
/** Rows of each kind that a new follower gets, and at most after a break. */
const firstRows = 100

const kinds = ['impressions', 'events'] as const
type Kind = (typeof kinds)[number]

interface Follower {
  stream: EventStream
  criteria: Criteria
  /** Ids of the newest rows that it was told of. */
  told: Record<Kind, number>
}

export type Tail = ReturnType<typeof createTail>

/** The live tail: server-sent events to every page that follows. */
export function createTail(database: Database) {
  /** Ids of rows mean something within one run of the server only. */
  const run = Date.now().toString(36)
  const followers = new Set<Follower>()
  const heartbeat = setInterval(() => broadcast(() => ':\n\n'), heartbeatMs).unref()
  let totalsTimer: NodeJS.Timeout | undefined

  function broadcast(textFor: (follower: Follower) => string) {
    for (const follower of followers) {
      const text = textFor(follower)
      if (text) follower.stream.write(text)
    }
  }

  /** @param rows oldest first */
  function rowsEvent({ told }: Follower, kind: Kind, rows: StoredRow[]): string {
    const newest = rows.at(-1)
    if (!newest) return ''
    told[kind] = Number(newest['id'])
    return serverSentEvent(kind, rows, `${run}.${told.impressions}.${told.events}`)
  }

  const totalsEvent = () => serverSentEvent('totals', database.totals())

  return {
    /** @param lastEventId what a follower that was cut off has seen */
    follow(request: IncomingMessage, lastEventId: string | undefined, criteria: Criteria): Response {
      const [lastRun, ...ids] = lastEventId?.split('.') ?? []
      const [impressions = 0, events = 0] = lastRun === run ? ids.map((id) => Number(id) || 0) : []
      const stream = createEventStream(request, { maxBehindBytes, onClose: () => followers.delete(follower) })
      const follower = { stream, criteria, told: { impressions, events } }
      followers.add(follower)
      stream.write('retry: 1000\n\n')
      for (const kind of kinds) {
        const rows = database.newest(kind, criteria, follower.told[kind], firstRows)
        stream.write(rowsEvent(follower, kind, rows.reverse()))
      }
      stream.write(totalsEvent())
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
        broadcast((follower) =>
          rowsEvent(
            follower,
            kind,
            rows.filter((row) => meetsCriteria(row, follower.criteria)),
          ),
        )
      }
      totalsTimer ??= setTimeout(() => {
        totalsTimer = undefined
        if (followers.size === 0) return
        const text = totalsEvent()
        broadcast(() => text)
      }, totalsMs)
    },

    close() {
      clearInterval(heartbeat)
      clearTimeout(totalsTimer)
      for (const { stream } of followers) stream.cut()
    },
  }
}

/** One event in the stream's format. */
function serverSentEvent(type: string, data: unknown, id?: string) {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
