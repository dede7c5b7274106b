// @ts-check
import Database from 'libsql'
import { StartError } from './StartError.mjs'

/**
 * @typedef {import('./createServer.mjs').Totals} Totals
 * @typedef {import('./createServer.mjs').StoredImpression} StoredImpression
 * @typedef {import('./createServer.mjs').StoredRow} StoredRow
 * @typedef {'impressions' | 'counts' | 'unique_keys' | 'events'} Table
 */

// What only a receiver can know stands in every table.
const stamps = `
  id INTEGER PRIMARY KEY,
  receivedAt INTEGER NOT NULL,
  environmentId TEXT NOT NULL,
  environmentName TEXT NOT NULL,
  trafficTypeId TEXT NOT NULL,
  trafficTypeName TEXT NOT NULL,
  transport TEXT NOT NULL,
  sdk TEXT`

const schema = `
  CREATE TABLE IF NOT EXISTS impressions (${stamps},
    mode TEXT, flag TEXT NOT NULL, key TEXT NOT NULL, bucketingKey TEXT, treatment TEXT NOT NULL, label TEXT,
    changeNumber INTEGER, time INTEGER NOT NULL, previousTime INTEGER, properties TEXT);
  CREATE TABLE IF NOT EXISTS counts (${stamps},
    flag TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS unique_keys (${stamps},
    flag TEXT NOT NULL, key TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS events (${stamps},
    key TEXT NOT NULL, type TEXT NOT NULL, value REAL, time INTEGER NOT NULL, properties TEXT);
  CREATE INDEX IF NOT EXISTS impressionsByFlag ON impressions (flag, id);`

/** @type {Record<Table, string[]>} */
const columns = {
  impressions: [
    'mode',
    'flag',
    'key',
    'bucketingKey',
    'treatment',
    'label',
    'changeNumber',
    'time',
    'previousTime',
    'properties',
  ],
  counts: ['flag', 'hour', 'count'],
  unique_keys: ['flag', 'key'],
  events: ['key', 'type', 'value', 'time', 'properties'],
}
const stampColumns = [
  'receivedAt',
  'environmentId',
  'environmentName',
  'trafficTypeId',
  'trafficTypeName',
  'transport',
  'sdk',
]

/**
 * The embedded database of everything received.
 *
 * @param {string} file `:memory:` keeps nothing after the server's end
 */
export function createDatabase(file) {
  /** @type {import('libsql').Database} */
  let database
  try {
    database = new Database(file)
    database.exec(schema)
  } catch (error) {
    throw new StartError(`--database ${file}: ${String(/** @type {Error} */ (error).message).replace(/\s+/g, ' ')}`)
  }
  const inserts = Object.fromEntries(
    Object.entries(columns).map(([table, own]) => {
      const all = [...stampColumns, ...own]
      const sql = `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`
      return [table, { all, statement: database.prepare(sql) }]
    }),
  )
  const newest = database.prepare('SELECT * FROM impressions WHERE id > ? ORDER BY id DESC LIMIT ?')
  const totals = database.prepare(`SELECT
    (SELECT count(*) FROM impressions) AS impressions,
    (SELECT count(*) FROM impressions WHERE transport <> 'fetch') AS impressionsAtHide,
    (SELECT coalesce(sum(count), 0) FROM counts) AS counts,
    (SELECT count(*) FROM (SELECT DISTINCT flag, key FROM unique_keys)) AS uniqueKeys,
    (SELECT count(*) FROM events) AS events`)

  const insertAll = database.transaction((/** @type {Table} */ table, /** @type {StoredRow[]} */ rows) => {
    const { all, statement } = inserts[table]
    for (const row of rows) row.id = Number(statement.run(all.map((column) => row[column] ?? null)).lastInsertRowid)
  })

  return {
    /**
     * All rows or none; each gets its id.
     *
     * @param {Table} table
     * @param {StoredRow[]} rows
     */
    insert(table, rows) {
      insertAll(table, rows)
    },

    /**
     * The newest impressions, newest first.
     *
     * @param {number} afterId
     * @param {number} limit
     */
    impressions: (afterId, limit) => /** @type {StoredImpression[]} */ (newest.all([afterId, limit])),

    /** @param {Table} table */
    rows: (table) => /** @type {StoredRow[]} */ (database.prepare(`SELECT * FROM ${table} ORDER BY id`).all()),

    /** @returns {Totals} */
    totals() {
      // The row carries the driver's own fields as well.
      const { impressions, impressionsAtHide, counts, uniqueKeys, events } = /** @type {Totals} */ (totals.get())
      return { impressions, impressionsAtHide, counts, uniqueKeys, events }
    },

    close() {
      database.close()
    },
  }
}
