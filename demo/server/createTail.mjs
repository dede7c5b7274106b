// @ts-check

/** Some proxies cut a connection that is silent for 30 s. */
const heartbeatMs = 15_000
/** A reader that is this far behind (1 MiB) is cut off; it comes back by itself and says what it has. */
const maxBehindBytes = 1 << 20

/** A busy minute must not count everything stored at each request. */
const totalsMs = 100
/** Rows that a new follower gets, and at most after a break. */
const firstRows = 200

/**
 * The live tail: Server-Sent Events to every page that follows.
 *
 * @param {ReturnType<import('./createDatabase.mjs').createDatabase>} database
 */
export function createTail(database) {
  /** Ids of rows mean something within one run of the server only. */
  const run = Date.now().toString(36)
  /** With what each wants to see. @type {Map<import('node:http').ServerResponse, (row: any) => boolean>} */
  const followers = new Map()
  const heartbeat = setInterval(() => broadcast(() => ':\n\n'), heartbeatMs).unref()
  /** @type {NodeJS.Timeout | undefined} */
  let totalsTimer

  /** @param {(wants: (row: any) => boolean) => string} textFor */
  function broadcast(textFor) {
    for (const [follower, wants] of followers) {
      if (follower.writableLength > maxBehindBytes) follower.destroy()
      else follower.write(textFor(wants))
    }
  }

  /** @param {any[]} rows oldest first */
  const impressions = (rows) =>
    rows.length > 0 ? serverSentEvent('impressions', rows, `${run}.${rows.at(-1)?.id}`) : ''
  const totals = () => serverSentEvent('totals', database.totals())

  return {
    /**
     * @param {import('node:http').ServerResponse} response
     * @param {string | undefined} lastEventId what a follower that was cut off has seen
     * @param {import('./parseCriteria.mjs').Criteria} criteria
     */
    follow(response, lastEventId, criteria) {
      const [lastRun, id] = lastEventId?.split('.') ?? []
      const rows = database.newest(criteria, lastRun === run ? Number(id) || 0 : 0, firstRows)
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      response.write(`retry: 1000\n\n${impressions(rows.reverse())}${totals()}`)
      followers.set(response, wantsOf(criteria))
      response.on('close', () => followers.delete(response))
    },

    /**
     * Something was stored.
     *
     * @param {any[]} rows the impressions among it, oldest first
     */
    arrived(rows) {
      if (rows.length > 0) broadcast((wants) => impressions(rows.filter(wants)))
      totalsTimer ??= setTimeout(() => {
        totalsTimer = undefined
        if (followers.size > 0) {
          const text = totals()
          broadcast(() => text)
        }
      }, totalsMs)
    },

    close() {
      clearInterval(heartbeat)
      clearTimeout(totalsTimer)
      for (const follower of followers.keys()) follower.destroy()
    },
  }
}

/**
 * As the database chooses.
 *
 * @param {import('./parseCriteria.mjs').Criteria} criteria
 * @returns {(row: any) => boolean}
 */
function wantsOf({ environment, flag, key, treatment, label, from = -Infinity, to = Infinity }) {
  const is = (/** @type {string | undefined} */ wanted, /** @type {string} */ value) =>
    wanted === undefined || value === wanted
  return (row) =>
    is(environment, row.environmentName) &&
    is(flag, row.flag) &&
    is(key, row.key) &&
    is(treatment, row.treatment) &&
    is(label, row.label ?? '') &&
    row.time >= from &&
    row.time < to
}

/**
 * One event in the stream's format.
 *
 * @param {string} type
 * @param {unknown} data
 * @param {string} [id]
 */
function serverSentEvent(type, data, id) {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
