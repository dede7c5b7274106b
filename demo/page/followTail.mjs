// @ts-check

/**
 * Follows what the server receives, while the page is shown. The server first sends its newest rows, and after a break what
 * was missed. After a start of the server it begins anew.
 *
 * @param {{ begin: () => void, impressions: (rows: any[]) => void, totals: (totals: any) => void }} to rows come oldest first
 * @param {URLSearchParams} [criteria] of the impressions wanted
 * @returns {() => void} ends it
 */
export function followTail(to, criteria) {
  let run = ''
  let lastId = 0
  /** @type {EventSource | undefined} */
  let source

  function open() {
    source?.close()
    source = new EventSource(criteria ? `/qa/tail?${criteria}` : '/qa/tail')
    source.addEventListener('impressions', ({ data, lastEventId }) => {
      const [runNow = ''] = lastEventId.split('.')
      if (runNow !== run) {
        run = runNow
        lastId = 0
        to.begin()
      }
      const rows = JSON.parse(data).filter((/** @type {any} */ row) => row.id > lastId)
      lastId = rows.at(-1)?.id ?? lastId
      if (rows.length > 0) to.impressions(rows)
    })
    source.addEventListener('totals', ({ data }) => to.totals(JSON.parse(data)))
  }

  const ended = new AbortController()
  const { signal } = ended
  open()
  addEventListener('pagehide', () => source?.close(), { signal })
  addEventListener(
    'pageshow',
    ({ persisted }) => {
      if (persisted) open()
    },
    { signal },
  )
  return () => {
    ended.abort()
    source?.close()
  }
}
