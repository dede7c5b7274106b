import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from './createDatabase'
import { exportFormats, type ExportFormat } from './exportFormats'
import type { Criteria } from './parseCriteria'

/** How many rows are read, encoded and written at once: a row group of Parquet. */
const pageRows = 5_000

/**
 * The impressions that meet the criteria as a file, a page of rows at a time, so that memory does not grow with their number and the
 * server goes on receiving.
 *
 * @param onProgress is told how many rows are in what was taken so far
 */
export async function* exportImpressions(
  database: Database,
  { criteria, format, onProgress }: { criteria: Criteria; format: ExportFormat; onProgress?: (rows: number) => void },
): AsyncGenerator<Uint8Array> {
  const encoder = exportFormats[format].createEncoder()
  let rows = 0
  for (const page of database.pages(criteria, pageRows)) {
    yield encoder.page(page)
    rows += page.length
    onProgress?.(rows)
    await turn()
  }
  const end = encoder.end()
  if (end.length > 0) yield end
}
