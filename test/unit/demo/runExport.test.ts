import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runExport } from '../../../demo/runExport'
import { createDemoServer } from '../../../demo/server/createServer'
import { StartError } from '../../../demo/server/StartError'
import type { DemoServer } from '../../../demo/server/types'

let folder: string
let database: string
let server: DemoServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-export-'))
  database = join(folder, 'received.db')
  server = await createDemoServer({ database })
  const items = [
    { k: 'ada', t: 'on', r: 'default rule', m: 1 },
    { k: 'grace', t: 'on', m: 2 },
  ]
  const { status } = await fetch(`${server.apiUrl}/testImpressions/bulk`, {
    method: 'POST',
    headers: { Authorization: 'Bearer a-key' },
    body: JSON.stringify([{ f: 'checkout_v2', i: items }]),
  })
  expect(status).toBe(200)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function run(...args: string[]) {
  const rows = new PassThrough()
  const out = text(rows)
  let notes = ''
  await runExport(args, { rows, notes: { write: (line) => (notes += line) } }).finally(() => rows.end())
  return { out: await out, notes }
}

it('asks a server that runs', async () => {
  const { out, notes } = await run('--server', server.pageUrl, '--format', 'jsonl', '--key', 'ada')
  expect(JSON.parse(out)).toMatchObject({ key: 'ada', label: 'default rule' })
  expect(notes).toBe('1 impression\n')
})

it('reads a file, and writes one of the format that its name says', async () => {
  const path = join(folder, 'all.parquet')
  expect(await run('--database', database, '--out', path)).toEqual({ out: '', notes: `2 impressions in ${path}\n` })
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(path)).buffer })
  expect(rows.map((row) => row['key'] as string)).toEqual(['ada', 'grace'])
  const { out } = await run('--database', database, '--label', 'not available')
  expect(out.split('\r\n')[1]).toContain(',grace,')
})

it('says in one line what is wrong', async () => {
  for (const [args, message] of [
    [['--format', 'xls'], '--format xls: expected csv, jsonl or parquet'],
    [['--from', 'soon'], 'from soon: expected a time, as 2026-11-21 or 2026-11-21T09:30'],
    [['--colour', 'red'], "Unknown option '--colour'; --help lists the options"],
    [['--server', server.pageUrl, '--out', join(folder, 'no', 'such.csv')], 'no such file or directory'],
    [['--database', join(folder, 'no.db')], 'no.db: no such file'],
    [['--server', 'http://127.0.0.1:9'], 'no server at http://127.0.0.1:9'],
  ] as const) {
    const error: unknown = await run(...args).catch((reason: unknown) => reason)
    expect(error, args.join(' ')).toBeInstanceOf(StartError)
    expect((error as StartError).message).toContain(message)
    expect((error as StartError).message).not.toContain('\n')
  }
})

it('is a command, which explains itself, and ends with 1 when it could not export', async () => {
  const command = fileURLToPath(new URL('../../../demo/export', import.meta.url))
  const child = (...args: string[]) =>
    new Promise<[number | null, string, string]>((resolve) => {
      const spawned = spawn(process.execPath, ['--import', 'tsx', command, ...args])
      const said = Promise.all([text(spawned.stdout), text(spawned.stderr)])
      spawned.on('close', (code) => void said.then((texts) => resolve([code, ...texts])))
    })
  expect(await child('--help')).toEqual([0, expect.stringContaining('--format'), ''])
  expect(await child('--format', 'xls')).toEqual([1, '', '--format xls: expected csv, jsonl or parquet\n'])
})
