import { parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, impressionColumns } from '../../../demo/server/createDatabase'
import { createRetention } from '../../../demo/server/createRetention'
import { meetsCriteria } from '../../../demo/server/meetsCriteria'
import { parseCriteria } from '../../../demo/server/parseCriteria'
import { exportImpressions } from '../../../demo/server/exportImpressions'
import type { ExportFormat } from '../../../demo/server/exportFormats'
import type { StoredRow } from '../../../demo/server/createServer'

let database: ReturnType<typeof createDatabase>
beforeEach(() => {
  database = createDatabase(':memory:')
})
afterEach(() => database.close())

const impression = (row: StoredRow): StoredRow => ({
  receivedAt: 5_000,
  environmentId: 'e1',
  environmentName: 'Development',
  trafficTypeId: 't1',
  trafficTypeName: 'user',
  transport: 'fetch',
  sdk: 'pennon-0.2.0',
  mode: 'OPTIMIZED',
  flag: 'a',
  key: 'ada',
  treatment: 'on',
  label: 'default rule',
  changeNumber: 7,
  time: 1_000,
  ...row,
})
const store = (...rows: StoredRow[]) => database.insert('impressions', rows.map(impression))

async function exported(format: ExportFormat, criteria = {}) {
  const chunks: Uint8Array[] = []
  const progress: number[] = []
  const onProgress = (rows: number) => progress.push(rows)
  for await (const chunk of exportImpressions(database, { criteria, format, onProgress })) chunks.push(chunk)
  return { progress, bytes: Buffer.concat(chunks), text: Buffer.concat(chunks).toString('utf8') }
}

it.each([
  [{}],
  [{ flag: 'A' }],
  [{ flag: 'A', 'flag-how': 'contains' }],
  [{ flag: 'a', 'flag-how': 'not' }],
  [{ label: 'not available' }],
  [{ label: 'Ä', 'label-how': 'contains' }],
  [{ sdk: 'avail', 'sdk-how': 'contains' }],
  [{ environment: 'Production' }],
  [{ from: '10', to: '20' }],
])('the tail and the database choose the same rows: %j', (query: Record<string, string>) => {
  store(
    {},
    { flag: 'bA', label: null, sdk: null },
    { label: 'ä', time: 10 },
    { environmentName: 'Production', time: 20 },
  )
  const criteria = parseCriteria((name) => query[name])
  const chosen = database.newest('impressions', criteria, 0, 10).map(({ id }) => id)
  const all = database.rows<StoredRow>('impressions').reverse()
  expect(chosen).toEqual(all.filter((row) => meetsCriteria(row, criteria)).map(({ id }) => id))
})

describe('an export', () => {
  it('is a table with a header as CSV, and quotes what needs it', async () => {
    store({ key: 'comma, "quote"\nline', label: null }, { properties: '{"a":1}' })
    const { text } = await exported('csv')
    expect(text).toBe(
      'id,receivedAt,environmentId,environmentName,trafficTypeId,trafficTypeName,transport,sdk,' +
        'mode,flag,key,bucketingKey,treatment,label,changeNumber,time,previousTime,properties\r\n' +
        '1,5000,e1,Development,t1,user,fetch,pennon-0.2.0,OPTIMIZED,a,"comma, ""quote""\nline",,on,,7,1000,,\r\n' +
        '2,5000,e1,Development,t1,user,fetch,pennon-0.2.0,OPTIMIZED,a,ada,,on,default rule,7,1000,,"{""a"":1}"\r\n',
    )
  })

  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\t=1', `"'\t=1"`],
    ['＝1', "'＝1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠SUM(A1)', "'＠SUM(A1)"],
    ['a;=1', `"a;'=1"`],
    ['a\n =1', `"a\n '=1"`],
    ['a;b', '"a;b"'],
    ['a=1', 'a=1'],
  ])('defuses the formula %j', async (key, cell) => {
    store({ key })
    expect((await exported('csv')).text.split('\r\n')[1]?.split(',a,')[1]).toBe(`${cell},,on,default rule,7,1000,,`)
  })

  it('is one object a line as JSON lines', async () => {
    store({ key: '=1', label: null }, { bucketingKey: 'b' })
    const lines = (await exported('jsonl')).text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ id: 1, key: '=1', label: null, time: 1_000 }),
      expect.objectContaining({ id: 2, bucketingKey: 'b', label: 'default rule' }),
    ])
    expect(Object.keys(JSON.parse(lines[0] ?? '') as object)).toEqual(impressionColumns)
  })

  it('can be read back as Parquet, over several row groups', async () => {
    const count = 52_345
    store(...Array.from({ length: count }, (_, n) => ({ key: `k${n}`, time: n, label: n % 2 ? null : 'default rule' })))
    const { bytes, progress } = await exported('parquet')
    expect(progress).toEqual([...Array.from({ length: 10 }, (_, n) => (n + 1) * 5_000), count])
    const file = new Uint8Array(bytes).buffer
    const rows = await parquetReadObjects({ file })
    expect(rows).toHaveLength(count)
    expect(rows[12_000]).toMatchObject({
      id: 12_001n,
      key: 'k12000',
      label: 'default rule',
      changeNumber: 7n,
      time: new Date(12_000),
      previousTime: null,
    })
    expect(rows[1]?.['label']).toBeNull()
  })

  it('survives as Parquet what an earlier version let in', async () => {
    store({ changeNumber: 1.5, time: 9e15, previousTime: 1.5 }, { changeNumber: Infinity }, { key: 'last' })
    const { bytes } = await exported('parquet')
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
    expect(rows).toMatchObject([
      { changeNumber: 1n, time: null, previousTime: new Date(1) },
      { changeNumber: null },
      { key: 'last', changeNumber: 7n },
    ])
  })

  it.each(['csv', 'jsonl', 'parquet'] as const)('of nothing is a valid %s', async (format) => {
    const { text, bytes } = await exported(format)
    if (format === 'csv') expect(text).toBe(`${impressionColumns.join(',')}\r\n`)
    if (format === 'jsonl') expect(text).toBe('')
    if (format === 'parquet') expect(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).toEqual([])
  })

  it('has what meets all the criteria', async () => {
    store(
      { flag: 'a', key: 'ada', treatment: 'on', time: 10 },
      { flag: 'a', key: 'ada', treatment: 'off', time: 20, label: null },
      { flag: 'b', key: 'ada', treatment: 'on', time: 30, environmentName: 'Production' },
      { flag: 'a', key: "'; DROP TABLE impressions; --", treatment: 'on', time: 40 },
    )
    const ids = async (query: Record<string, string>) =>
      (
        await exported(
          'jsonl',
          parseCriteria((name) => query[name]),
        )
      ).text
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { id: number }).id)
    expect(await ids({})).toEqual([1, 2, 3, 4])
    expect(await ids({ flag: 'a', treatment: 'on' })).toEqual([1, 4])
    expect(await ids({ environment: 'Production' })).toEqual([3])
    expect(await ids({ label: 'not available' })).toEqual([2])
    expect(await ids({ label: 'default rule', key: 'ada' })).toEqual([1, 3])
    expect(await ids({ from: '20', to: '40' })).toEqual([2, 3])
    expect(await ids({ key: "'; DROP TABLE impressions; --" })).toEqual([4])
    expect(await ids({ key: 'DROP', 'key-how': 'contains' })).toEqual([4])
    expect(await ids({ key: 'drop table', 'key-how': 'contains' })).toEqual([4])
    expect(await ids({ key: 'ada', 'key-how': 'not' })).toEqual([4])
    expect(await ids({ label: 'avail', 'label-how': 'contains' })).toEqual([2])
    expect(await ids({ label: 'not available', 'label-how': 'not', flag: 'a' })).toEqual([1, 4])
    expect(await ids({ sdk: 'PENNON', 'sdk-how': 'contains' })).toEqual([1, 2, 3, 4])
    expect(() => parseCriteria((name) => ({ key: 'a', 'key-how': 'like' })[name])).toThrow(
      'key-how like: expected is, contains or not',
    )
    expect(() => parseCriteria((name) => (name === 'to' ? 'soon' : undefined))).toThrow(
      'to soon: expected a time, as 2026-11-21 or 2026-11-21T09:30',
    )
  })

  it('ends when the reader goes away', async () => {
    store(...Array.from({ length: 20_000 }, () => ({})))
    const progress: number[] = []
    const onProgress = (rows: number) => progress.push(rows)
    const pages = exportImpressions(database, { criteria: {}, format: 'csv', onProgress })
    await pages.next()
    await pages.next()
    await pages.return(undefined)
    expect(await pages.next()).toEqual({ done: true, value: undefined })
    expect(progress).toEqual([5_000])
  })
})

describe('what the charts show', () => {
  it('is the traffic over time and the keys of each treatment', () => {
    store(
      { time: 0, key: 'a' },
      { time: 999, key: 'b' },
      { time: 1_000, key: 'a' },
      { time: 1_500, treatment: 'off', key: 'c' },
      { flag: 'other' },
    )
    expect(database.traffic({ flag: { how: 'is', text: 'a' } }, 1_000)).toEqual([
      { start: 0, treatment: 'on', impressions: 2 },
      { start: 1_000, treatment: 'off', impressions: 1 },
      { start: 1_000, treatment: 'on', impressions: 1 },
    ])
    expect(database.treatments({ flag: { how: 'is', text: 'a' } })).toEqual([
      { treatment: 'on', keys: 2, impressions: 3 },
      { treatment: 'off', keys: 1, impressions: 1 },
    ])
  })

  it('is what was counted of each flag', () => {
    const stamped = (row: StoredRow) => impression(row)
    database.insert('counts', [stamped({ flag: 'a', hour: 0, count: 3 }), stamped({ flag: 'a', hour: 1, count: 4 })])
    database.insert('unique_keys', [
      stamped({ flag: 'a', key: 'x' }),
      stamped({ flag: 'a', key: 'x' }),
      stamped({ flag: 'b', key: 'x', environmentName: 'Production' }),
    ])
    expect(database.counted({})).toEqual([
      { flag: 'a', counted: 7, uniqueKeys: 1 },
      { flag: 'b', counted: 0, uniqueKeys: 1 },
    ])
    expect(database.counted({ environment: 'Production' })).toEqual([{ flag: 'b', counted: 0, uniqueKeys: 1 }])
  })
})

describe('retention', () => {
  it('deletes what was received before, in slices, and counts it', async () => {
    const day = 86_400_000
    store(...Array.from({ length: 12_000 }, () => ({ receivedAt: 1 })), { receivedAt: 91 * day })
    database.insert('counts', [impression({ receivedAt: 1, hour: 0, count: 1 })])
    const slices: number[] = []
    const retention = createRetention({
      database,
      days: 90,
      onDeleted: (deleted) => slices.push(deleted),
      now: () => 100 * day,
    })
    await retention.run()
    retention.stop()
    expect(slices).toEqual([5_000, 5_000, 2_000, 1])
    expect(retention.deleted()).toBe(12_001)
    expect(database.rows<StoredRow>('impressions').map(({ receivedAt }) => receivedAt)).toEqual([91 * day])
    // An id is never given twice: who follows the tail remembers the last one.
    expect(database.newest('impressions', {}, 0, 1)[0]?.id).toBe(12_001)
  })
})
