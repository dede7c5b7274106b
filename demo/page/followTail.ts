import type { StoredEvent, StoredImpression, Totals } from '../server/types'

/** The functions that are called while a page follows. Rows come oldest first. */
export interface TailListener {
  /** Called when the server was started anew: the rows of before are no longer there. */
  begin(): void
  impressions(rows: StoredImpression[]): void
  events?(rows: StoredEvent[]): void
  totals?(totals: Totals): void
}

/**
 * Follows what the server receives, while the page is shown. The server first sends its newest rows, and after a break what was
 * missed. After a start of the server it begins anew.
 *
 * @param criteria of the rows wanted
 * @returns ends it
 */
export function followTail(to: TailListener, criteria?: URLSearchParams): () => void {
  let run = ''
  let last = { impressions: 0, events: 0 }
  let source: EventSource | undefined

  function take<Row extends { id: number }>(
    kind: keyof typeof last,
    { data, lastEventId }: MessageEvent<unknown>,
  ): Row[] {
    const [runNow = ''] = lastEventId.split('.')
    if (runNow !== run) {
      run = runNow
      last = { impressions: 0, events: 0 }
      to.begin()
    }
    const rows = (JSON.parse(data as string) as Row[]).filter(({ id }) => id > last[kind])
    last[kind] = rows.at(-1)?.id ?? last[kind]
    return rows
  }

  function open() {
    source?.close()
    source = new EventSource(criteria ? `/qa/tail?${criteria}` : '/qa/tail')
    source.addEventListener('impressions', (event) => {
      const rows = take<StoredImpression>('impressions', event)
      if (rows.length > 0) to.impressions(rows)
    })
    source.addEventListener('events', (event) => {
      const rows = take<StoredEvent>('events', event)
      if (rows.length > 0) to.events?.(rows)
    })
    source.addEventListener('totals', ({ data }: MessageEvent<string>) => to.totals?.(JSON.parse(data) as Totals))
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
