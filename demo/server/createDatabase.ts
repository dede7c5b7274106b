import Libsql from 'libsql'
import { notAvailable, textCriteria, type Criteria, type TextCriterion } from './parseCriteria'
import { StartError } from './StartError'
import type { StoredImpression, StoredRow, Table, Totals } from './types'

export type Database = ReturnType<typeof createDatabase>

/** How many impressions a treatment had in an interval. */
export interface Traffic {
  /** Epoch ms. */
  start: number
  treatment: string
  impressions: number
}

/** The decisions of a flag that were counted instead of being sent one by one. */
export interface Counted {
  flag: string
  counted: number
  uniqueKeys: number
}

/** The columns of every table that only a receiver can fill. */
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

const columns: Record<Table, readonly string[]> = {
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

/** The columns of an impression, in the order of an export. */
export const impressionColumns = ['id', ...stampColumns, ...columns.impressions]

/** Rows that are deleted in one go: few, so that what is received meanwhile does not wait long. */
const SLICE = 5_000

/**
 * The embedded database of everything received.
 *
 * @param file `:memory:` keeps nothing after the server's end
 */
export function createDatabase(file: string) {
  let database: Libsql.Database
  try {
    database = new Libsql(file)
    database.exec(schema)
  } catch (error) {
    throw new StartError(`--database ${file}: ${(error as Error).message.replace(/\s+/g, ' ')}`)
  }
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

  const insertAll = database.transaction((table: Table, rows: StoredRow[]) => {
    const { all, statement } = inserts[table] as NonNullable<(typeof inserts)[string]>
    for (const row of rows) row['id'] = Number(statement.run(all.map((column) => row[column] ?? null)).lastInsertRowid)
  })

  /** Runs a query. The caller has to know the shape of its rows. */
  const all = <Row>(sql: string, values: unknown[] = []) => database.prepare(sql).all(values) as Row[]
  const lastId = () => all<{ last: number }>('SELECT coalesce(max(id), 0) AS last FROM impressions')[0]?.last ?? 0

  return {
    /** Stores all rows or none, and gives each its id. */
    insert(table: Table, rows: StoredRow[]) {
      insertAll(table, rows)
    },

    /** The newest rows that meet the criteria, newest first. */
    newest(table: 'impressions' | 'events', criteria: Criteria, afterId: number, limit: number): StoredRow[] {
      const { where, values } = conditionOf(criteria, columns[table])
      return all(`SELECT * FROM ${table} WHERE ${where} AND id > ? ORDER BY id DESC LIMIT ?`, [
        ...values,
        afterId,
        limit,
      ])
    },

    /**
     * The impressions that meet the criteria, oldest first, a page of them at a time. What arrives meanwhile is left out.
     *
     * @param size of a page
     */
    *pages(criteria: Criteria, size: number): Generator<StoredImpression[]> {
      const { where, values } = conditionOf(criteria, columns.impressions)
      const last = lastId()
      const sql = `SELECT * FROM impressions WHERE ${where} AND id > ? AND id <= ? ORDER BY id LIMIT ?`
      for (let after = 0; ;) {
        const page = all<StoredImpression>(sql, [...values, after, last, size])
        if (page.length > 0) yield page
        if (page.length < size) return
        after = page.at(-1)?.id ?? last
      }
    },

    count(criteria: Criteria): number {
      const { where, values } = conditionOf(criteria, columns.impressions)
      return all<{ n: number }>(`SELECT count(*) AS n FROM impressions WHERE ${where}`, values)[0]?.n ?? 0
    },

    /** How many impressions each treatment had in each interval, by time of the decision. */
    traffic(criteria: Criteria, stepMs: number): { start: number; treatment: string; impressions: number }[] {
      const { where, values } = conditionOf(criteria, columns.impressions)
      return all(
        `SELECT time / ${stepMs} * ${stepMs} AS start, treatment, count(*) AS impressions
          FROM impressions WHERE ${where} GROUP BY start, treatment ORDER BY start, treatment`,
        values,
      )
    },

    /** How many keys and impressions each treatment had. */
    treatments(criteria: Criteria): { treatment: string; keys: number; impressions: number }[] {
      const { where, values } = conditionOf(criteria, columns.impressions)
      return all(
        `SELECT treatment, count(DISTINCT key) AS keys, count(*) AS impressions
          FROM impressions WHERE ${where} GROUP BY treatment ORDER BY impressions DESC, treatment`,
        values,
      )
    },

    /**
     * What was counted of each flag instead of being sent one by one; the wire tells neither treatment nor label of these.
     *
     * @param criteria only `environment` and `flag` can be met
     */
    counted({ environment, flag }: Criteria): { flag: string; counted: number; uniqueKeys: number }[] {
      const { where, values } = conditionOf(
        { ...(environment && { environment }), ...(flag && { flag }) },
        columns.counts,
      )
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
     * How many decisions were counted instead of being sent one by one, by the hour in which they were made.
     *
     * @param criteria only `environment` and `flag` can be met
     */
    countsOverTime({ environment, flag }: Criteria): { start: number; count: number }[] {
      const criteria = { ...(environment && { environment }), ...(flag && { flag }) }
      const { where, values } = conditionOf(criteria, columns.counts)
      return all(
        `SELECT hour AS start, sum(count) AS count FROM counts WHERE ${where} AND hour > 0 GROUP BY hour ORDER BY hour`,
        values,
      )
    },

    /**
     * Deletes a slice of what was received before a moment.
     *
     * @param before epoch ms
     * @returns of rows deleted; 0 when nothing is left to delete
     */
    forget(before: number): number {
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

    rows: <Row>(table: Table) => all<Row>(`SELECT * FROM ${table} ORDER BY id`),

    totals(): Totals {
      // The row has fields of the driver's as well.
      const { impressions, impressionsAtHide, counts, uniqueKeys, events } = totals.get() as Totals
      return { impressions, impressionsAtHide, counts, uniqueKeys, events }
    },

    close() {
      database.close()
    },
  }
}

/**
 * What a row must meet, as a condition: the same answer as `meetsCriteria` gives.
 *
 * @param own columns of the table, beside the stamps
 */
function conditionOf(criteria: Criteria, own: readonly string[]) {
  const { environment, from, to } = criteria
  const terms: [string, unknown][] = [
    ['environmentName = ?', environment],
    ['time >= ?', from],
    ['time < ?', to],
  ]
  for (const name of textCriteria) {
    const criterion = criteria[name]
    // A row without that column never meets the criterion.
    const isThere = name === 'sdk' || own.includes(name)
    if (criterion) terms.push([isThere ? comparison(name, criterion) : '? IS NULL', criterion.text])
  }
  const asked = terms.filter(([, value]) => value !== undefined)
  return {
    where: ['1', ...asked.map(([term]) => term)].join(' AND '),
    values: asked.map(([, value]) => value),
  }
}

function comparison(column: string, { how }: TextCriterion): string {
  const value = `coalesce(${column}, '${notAvailable}')`
  if (how === 'is') return `${value} = ?`
  return how === 'not' ? `${value} <> ?` : `instr(lower(${value}), lower(?)) > 0`
}
