// @ts-check
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import { impressionColumns } from './createDatabase.mjs'

/**
 * A format encodes pages of rows, one after the other: what it returns is appended to the file. Nothing is held back but
 * what the end of the file needs.
 *
 * @typedef {import('./createServer.mjs').StoredImpression} StoredImpression
 * @typedef {{ page: (rows: StoredImpression[]) => Uint8Array, end: () => Uint8Array }} Encoder
 */

/** Of a column in Parquet; any other is a text. @type {Record<string, 'INT64' | 'TIMESTAMP'>} */
const parquetTypes = {
  id: 'INT64',
  changeNumber: 'INT64',
  receivedAt: 'TIMESTAMP',
  time: 'TIMESTAMP',
  previousTime: 'TIMESTAMP',
}
const text = new TextEncoder()
const nothing = new Uint8Array()

/** @type {Record<'csv' | 'jsonl' | 'parquet', { type: string, createEncoder: () => Encoder }>} */
export const exportFormats = {
  csv: { type: 'text/csv; charset=utf-8', createEncoder: createCsvEncoder },
  jsonl: { type: 'application/x-ndjson; charset=utf-8', createEncoder: createJsonLinesEncoder },
  parquet: { type: 'application/vnd.apache.parquet', createEncoder: createParquetEncoder },
}

/** RFC 4180, with a header. @returns {Encoder} */
function createCsvEncoder() {
  let head = `${impressionColumns.join(',')}\r\n`
  return {
    page(rows) {
      const lines = rows.map((row) => impressionColumns.map((column) => cell(valueOf(row, column))).join(',') + '\r\n')
      const page = text.encode(head + lines.join(''))
      head = ''
      return page
    },
    end: () => text.encode(head),
  }
}

/**
 * @param {string | number | null} value
 * @returns {string}
 */
function cell(value) {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A spreadsheet takes a text that begins so for a formula, and keys come from anywhere. The apostrophe says it is none.
  const defused = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}

/** One JSON object a line. @returns {Encoder} */
function createJsonLinesEncoder() {
  return {
    page: (rows) =>
      text.encode(
        rows
          .map((row) => JSON.stringify(Object.fromEntries(impressionColumns.map((name) => [name, valueOf(row, name)]))))
          .join('\n') + '\n',
      ),
    end: () => nothing,
  }
}

/** Apache Parquet: a page is a row group. @returns {Encoder} */
function createParquetEncoder() {
  /**
   * @param {StoredImpression[]} rows
   * @returns {import('hyparquet-writer').ColumnSource[]}
   */
  const columnsOf = (rows) =>
    impressionColumns.map((name) => {
      const type = parquetTypes[name] ?? 'STRING'
      const data = rows.map((row) => {
        const value = valueOf(row, name)
        if (typeof value !== 'number') return value
        return type === 'INT64' ? BigInt(value) : new Date(value)
      })
      return { name, type, data }
    })
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: 'pennon',
  })
  // The bytes so far are given away; `offset` goes on counting them.
  const take = () => {
    const bytes = writer.getBytes().slice()
    writer.index = 0
    return bytes
  }
  return {
    page(rows) {
      void parquet.write({ columnData: columnsOf(rows), rowGroupSize: rows.length })
      return take()
    },
    end() {
      void parquet.finish()
      return take()
    },
  }
}

/**
 * @param {StoredImpression} row
 * @param {string} column
 * @returns {string | number | null}
 */
function valueOf(row, column) {
  return /** @type {any} */ (row)[column] ?? null
}
