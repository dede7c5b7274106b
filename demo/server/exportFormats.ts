import { stringify } from 'csv-stringify/sync'
import { ByteWriter, ParquetWriter, schemaFromColumnData, type ColumnSource } from 'hyparquet-writer'
import { impressionColumns } from './createDatabase'
import type { StoredImpression } from './types'

/**
 * A format encodes pages of rows, one after the other: what it returns is appended to the file. Nothing is held back but what the
 * end of the file needs.
 */
interface Encoder {
  page(rows: StoredImpression[]): Uint8Array
  end(): Uint8Array
}

export type ExportFormat = 'csv' | 'jsonl' | 'parquet'

/** The Parquet types of columns; any other is a text. */
const parquetTypes: Record<string, 'INT64' | 'TIMESTAMP'> = {
  id: 'INT64',
  changeNumber: 'INT64',
  receivedAt: 'TIMESTAMP',
  time: 'TIMESTAMP',
  previousTime: 'TIMESTAMP',
}
const text = new TextEncoder()
const nothing = new Uint8Array()

export const exportFormats: Record<ExportFormat, { type: string; createEncoder: () => Encoder }> = {
  csv: { type: 'text/csv; charset=utf-8', createEncoder: createCsvEncoder },
  jsonl: { type: 'application/x-ndjson; charset=utf-8', createEncoder: createJsonLinesEncoder },
  parquet: { type: 'application/vnd.apache.parquet', createEncoder: createParquetEncoder },
}

/** A spreadsheet takes for a formula what begins with one of these, in its wide form too. */
const formulaStart = '[=+\\-@＝＋－＠]'
/** A formula stands at the beginning or, as some spreadsheets expect semicolons between cells, behind one. */
const beforeFormula = new RegExp(`^(?=\\s*${formulaStart}|[\\t\\r])|(?<=[;\\n]\\s*)(?=${formulaStart})`, 'g')

/** Rows as CSV (RFC 4180), with a header. */
function createCsvEncoder(): Encoder {
  let isFirst = true
  const encode = (rows: StoredImpression[]) => {
    const csv = stringify(rows, {
      columns: impressionColumns,
      header: isFirst,
      record_delimiter: 'windows',
      quoted_match: /[;\t\r\n]/,
      // Keys come from anywhere. The apostrophe tells a spreadsheet that what follows is a text.
      cast: { string: (value) => value.replace(beforeFormula, "'") },
    })
    isFirst = false
    return text.encode(csv)
  }
  return { page: encode, end: () => (isFirst ? encode([]) : nothing) }
}

/** Rows as JSON, one object a line. */
function createJsonLinesEncoder(): Encoder {
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

/** Rows as Apache Parquet: a page of them is a row group. */
function createParquetEncoder(): Encoder {
  const columnsOf = (rows: StoredImpression[]): ColumnSource[] =>
    impressionColumns.map((name) => {
      const type = parquetTypes[name] ?? 'STRING'
      const data = rows.map((row) => {
        const value = valueOf(row, name)
        if (typeof value !== 'number') return value
        // A database file may hold what an earlier version let in: one such row must not cost the whole file.
        return type === 'INT64' ? validWhole(value) : validDate(value)
      })
      return { name, type, data }
    })
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: 'pennon',
  })
  // The bytes so far are handed out, but `offset` goes on counting them.
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

function validWhole(value: number) {
  const whole = Math.trunc(value)
  return Number.isSafeInteger(whole) ? BigInt(whole) : null
}

function validDate(ms: number) {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date
}

function valueOf(row: StoredImpression, column: string): string | number | null {
  return (row as unknown as Record<string, string | number | null>)[column] ?? null
}
