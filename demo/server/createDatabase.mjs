// @ts-check
import Database from 'libsql'
import { StartError } from './StartError.mjs'

/**
 * @typedef {import('./createServer.mjs').Totals} Totals
 * @typedef {import('./createServer.mjs').StoredImpression} StoredImpression
 * @typedef {import('./createServer.mjs').StoredRow} StoredRow
 * @typedef {import('./parseCriteria.mjs').Criteria} Criteria
 * @typedef {'impressions' | 'counts' | 'unique_keys' | 'events'} Table
 */

// What only a receiver can know stands in every table.
const stamps = `
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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
  CREATE INDEX IF NOT EXISTS impressionsByFlag ON impressions (flag, id);
  CREATE INDEX IF NOT EXISTS impressionsByArrival ON impressions (receivedAt);`

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

/** Of an impression as it is stored, in the order of an export. */
export const impressionColumns = ['id', ...stampColumns, ...columns.impressions]

/** One slice of a deletion, so that what is received meanwhile does not wait long. */
const SLICE = 5_000

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
  /** @type {Record<string, { all: string[], statement: import('libsql').Statement<unknown[]> }>} */
  const inserts = Object.fromEntries(
    Object.entries(columns).map(([table, own]) => {
      const all = [...stampColumns, ...own]
      const sql = `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`
      return [table, { all, statement: database.prepare(sql) }]
    }),
  )
  const totals = database.prepare(`SELECT
    (SELECT count(*) FROM impressions) AS impressions,
    (SELECT count(*) FROM impressions WHERE transport <> 'fetch') AS impressionsAtHide,
    (SELECT coalesce(sum(count), 0) FROM counts) AS counts,
    (SELECT count(*) FROM (SELECT DISTINCT flag, key FROM unique_keys)) AS uniqueKeys,
    (SELECT count(*) FROM events) AS events`)

  const insertAll = database.transaction((/** @type {Table} */ table, /** @type {StoredRow[]} */ rows) => {
    const { all, statement } = /** @type {NonNullable<(typeof inserts)[string]>} */ (inserts[table])
    for (const row of rows) row.id = Number(statement.run(all.map((column) => row[column] ?? null)).lastInsertRowid)
  })

  /**
   * @param {string} sql
   * @param {unknown[]} values
   */
  const all = (sql, values) => /** @type {any[]} */ (database.prepare(sql).all(values))

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
     * The newest impressions that meet the criteria, newest first.
     *
     * @param {Criteria} criteria
     * @param {number} afterId
     * @param {number} limit
     * @returns {StoredImpression[]}
     */
    newest(criteria, afterId, limit) {
      const { where, values } = condition(criteria)
      return all(`SELECT * FROM impressions WHERE ${where} AND id > ? ORDER BY id DESC LIMIT ?`, [
        ...values,
        afterId,
        limit,
      ])
    },

    /**
     * The impressions that meet the criteria, oldest first, a page of them at a time. What arrives meanwhile is left out.
     *
     * @param {Criteria} criteria
     * @param {number} size of a page
     * @returns {Generator<StoredImpression[]>}
     */
    *pages(criteria, size) {
      const { where, values } = condition(criteria)
      const [{ last }] = all('SELECT coalesce(max(id), 0) AS last FROM impressions', [])
      const sql = `SELECT * FROM impressions WHERE ${where} AND id > ? AND id <= ? ORDER BY id LIMIT ?`
      for (let after = 0; ;) {
        const page = all(sql, [...values, after, last, size])
        if (page.length > 0) yield page
        if (page.length < size) return
        after = page.at(-1).id
      }
    },

    /** @param {Criteria} criteria @returns {number} */
    count(criteria) {
      const { where, values } = condition(criteria)
      return all(`SELECT count(*) AS n FROM impressions WHERE ${where}`, values)[0].n
    },

    /**
     * How many impressions each treatment had in each interval, by time of the decision.
     *
     * @param {Criteria} criteria
     * @param {number} stepMs
     * @returns {{ start: number, treatment: string, impressions: number }[]}
     */
    traffic(criteria, stepMs) {
      const { where, values } = condition(criteria)
      return all(
        `SELECT time / ${stepMs} * ${stepMs} AS start, treatment, count(*) AS impressions
          FROM impressions WHERE ${where} GROUP BY start, treatment ORDER BY start`,
        values,
      )
    },

    /**
     * How many keys had each treatment.
     *
     * @param {Criteria} criteria
     * @returns {{ treatment: string, keys: number, impressions: number }[]}
     */
    treatments(criteria) {
      const { where, values } = condition(criteria)
      return all(
        `SELECT treatment, count(DISTINCT key) AS keys, count(*) AS impressions
          FROM impressions WHERE ${where} GROUP BY treatment ORDER BY impressions DESC, treatment`,
        values,
      )
    },

    /**
     * What was counted of each flag instead of being sent one by one; the wire tells neither treatment nor label of these.
     *
     * @param {Criteria} criteria only `environment` and `flag` can be met
     * @returns {{ flag: string, counted: number, uniqueKeys: number }[]}
     */
    counted({ environment, flag }) {
      const { where, values } = condition({ ...(environment && { environment }), ...(flag && { flag }) })
      return all(
        `SELECT flag, sum(counted) AS counted, sum(uniqueKeys) AS uniqueKeys FROM (
          SELECT flag, sum(count) AS counted, 0 AS uniqueKeys FROM counts WHERE ${where} GROUP BY flag
          UNION ALL
          SELECT flag, 0, count(DISTINCT key) FROM unique_keys WHERE ${where} GROUP BY flag)
          GROUP BY flag ORDER BY flag`,
        [...values, ...values],
      )
    },

    /**
     * Deletes a slice of what was received before a moment.
     *
     * @param {number} before epoch ms
     * @returns {number} of rows deleted; 0 when nothing is left to delete
     */
    forget(before) {
      for (const table of Object.keys(columns)) {
        const { changes } = database
          .prepare(
            `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE receivedAt < ? ORDER BY id LIMIT ${SLICE})`,
          )
          .run([before])
        if (changes > 0) return changes
      }
      return 0
    },

    /** @param {Table} table */
    rows: (table) => /** @type {StoredRow[]} */ (all(`SELECT * FROM ${table} ORDER BY id`, [])),

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

/** @param {Criteria} criteria */
function condition({ environment, flag, key, treatment, label, from, to }) {
  /** @type {[string, unknown][]} */
  const terms = [
    ['environmentName = ?', environment],
    ['flag = ?', flag],
    ['key = ?', key],
    ['treatment = ?', treatment],
    ["coalesce(label, '') = ?", label],
    ['time >= ?', from],
    ['time < ?', to],
  ]
  const asked = terms.filter(([, value]) => value !== undefined)
  return {
    where: ['1', ...asked.map(([term]) => term)].join(' AND '),
    values: asked.map(([, value]) => value),
  }
}
