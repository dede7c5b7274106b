// @ts-check
import { setImmediate as turn } from 'node:timers/promises'
import { exportFormats } from './exportFormats.mjs'

/** Of one page read, encoded and written: a row group of Parquet. */
const pageRows = 5_000

/**
 * Writes the impressions that meet the criteria, a page at a time, so that memory does not grow with their number and the
 * server goes on receiving. Ends early when the reader went away.
 *
 * @param {object} parts
 * @param {ReturnType<import('./createDatabase.mjs').createDatabase>} parts.database
 * @param {import('./parseCriteria.mjs').Criteria} parts.criteria
 * @param {keyof typeof exportFormats} parts.format
 * @param {import('node:stream').Writable} parts.to is not ended
 * @param {(rows: number) => void} [parts.onProgress] is told how many rows are written so far
 * @returns {Promise<number>} of rows written
 */
export async function streamExport({ database, criteria, format, to, onProgress }) {
  const encoder = exportFormats[format].createEncoder()
  let rows = 0
  for (const page of database.pages(criteria, pageRows)) {
    await write(to, encoder.page(page))
    if (to.destroyed) return rows
    rows += page.length
    onProgress?.(rows)
    await turn()
  }
  await write(to, encoder.end())
  return rows
}

/**
 * @param {import('node:stream').Writable} to
 * @param {Uint8Array} bytes
 */
function write(to, bytes) {
  return new Promise((resolve) => {
    if (bytes.length === 0 || to.destroyed || to.write(bytes)) return resolve(undefined)
    to.once('drain', resolve)
    to.once('close', resolve)
  })
}
