// @ts-check

/**
 * Follows what the server receives, while the page is shown. The server first sends its newest rows, and after a break what
 * was missed.
 *
 * @param {{ impressions: (rows: any[]) => void, totals: (totals: any) => void }} to rows come oldest first
 */
export function followTail(to) {
  let lastId = 0
  /** @type {EventSource | undefined} */
  let source

  function open() {
    source?.close()
    source = new EventSource('/qa/tail')
    source.addEventListener('impressions', ({ data }) => {
      const rows = JSON.parse(data).filter((/** @type {any} */ row) => row.id > lastId)
      lastId = rows.at(-1)?.id ?? lastId
      if (rows.length > 0) to.impressions(rows)
    })
    source.addEventListener('totals', ({ data }) => to.totals(JSON.parse(data)))
  }

  open()
  addEventListener('pagehide', () => source?.close())
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) open()
  })
}
