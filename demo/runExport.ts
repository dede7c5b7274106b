import { createWriteStream, existsSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { parseArgs } from 'node:util'
import { createDatabase } from './server/createDatabase'
import { exportFormats, type ExportFormat } from './server/exportFormats'
import { exportImpressions } from './server/exportImpressions'
import { criteriaNames, parseCriteria } from './server/parseCriteria'
import { StartError } from './server/StartError'

type Criterion = (name: string) => string | undefined

const help = `Exports impressions that the demo's server received.

  npm run demo:export -- [options]

  --database FILE     the file that the server keeps; without it, the server that runs is asked
  --server URL        where it runs   (default: http://127.0.0.1:4180)
  --format FORMAT     csv, jsonl or parquet   (default: by the name of --out, otherwise csv)
  --out FILE          where to write   (default: standard output)

Only impressions that meet all of these:

  --environment NAME  --flag NAME  --key KEY  --treatment NAME  --sdk NAME
  --label LABEL       'not available': those whose label was kept home
  --flag-how HOW      how --flag is compared: is, contains or not; so --key-how and the others   (default: is)
  --from TIME         decided at or after, as 2026-11-21 or 2026-11-21T09:30
  --to TIME           decided before
  --help
`

/** Where a command writes. */
export interface ExportOutput {
  /** Takes the rows, unless they go to a file. */
  rows: Writable & { isTTY?: boolean }
  /** Takes messages about the rows. */
  notes: { write(text: string): unknown; isTTY?: boolean }
}

/** Does what a command line of `npm run demo:export` asks for. Throws a `StartError` that says in one line what is wrong with it. */
export async function runExport(args: string[], { rows: output, notes }: ExportOutput): Promise<void> {
  const { help: isHelp, database: file, server = 'http://127.0.0.1:4180', out, format: given, ...rest } = parse(args)
  if (isHelp) return void output.write(help)
  const format = given ?? (out && /\.([a-z]+)$/.exec(out)?.[1]) ?? 'csv'
  if (!isExportFormat(format)) throw new StartError(`--format ${format}: expected csv, jsonl or parquet`)
  const criterion: Criterion = (name) => (rest as Record<string, string | undefined>)[name]
  // Wrong criteria are reported before a file is made.
  parseCriteria(criterion)
  // Opening a database that is not there would create it, and export 0 impressions.
  if (file !== undefined && !existsSync(file)) throw new StartError(`--database ${file}: no such file`)
  if (format === 'parquet' && !out && output.isTTY) throw new StartError('--out is needed: Parquet is no text')
  const to: Writable = out === undefined ? output : createWriteStream(out)
  const written = out === undefined ? undefined : finished(to).catch(fail(`--out ${out}`))
  const taken = file === undefined ? download(server, criterion, format, to) : read(file, criterion, format, to, notes)
  const all = taken.then((count) => {
    if (out !== undefined) to.end()
    return count
  })
  // The two are awaited together, because a file that cannot be written fails both.
  const [rows] = await Promise.all([all, written])
  notes.write(`${rows} ${rows === 1 ? 'impression' : 'impressions'}${out === undefined ? '' : ` in ${out}`}\n`)
}

async function read(
  file: string,
  criterion: Criterion,
  format: ExportFormat,
  to: Writable,
  notes: ExportOutput['notes'],
): Promise<number> {
  const database = createDatabase(file)
  try {
    const criteria = parseCriteria(criterion)
    const showProgress = progress(database.count(criteria), notes)
    let rows = 0
    const onProgress = (now: number) => {
      rows = now
      showProgress(now)
    }
    await pipeline(Readable.from(exportImpressions(database, { criteria, format, onProgress })), to, { end: false })
    return rows
  } finally {
    database.close()
  }
}

async function download(server: string, criterion: Criterion, format: string, to: Writable): Promise<number> {
  const query = new URLSearchParams({ format })
  for (const name of criteriaNames) query.set(name, criterion(name) ?? '')
  const response = await fetch(new URL(`/qa/export?${query}`, server)).catch(fail(`no server at ${server}`))
  const { body, headers, ok } = response
  if (!ok || !body) throw new StartError(((await response.json()) as { message: string }).message)
  // A failed export must not end the file as if it were whole.
  await pipeline(Readable.fromWeb(body as NodeReadableStream), to, { end: false }).catch(fail(`${server} broke off`))
  return Number(headers.get('x-rows'))
}

function isExportFormat(format: string): format is ExportFormat {
  return Object.hasOwn(exportFormats, format)
}

/** Shows how far the export is, where the output is a terminal. */
function progress(total: number, notes: ExportOutput['notes']) {
  return (rows: number) => {
    if (notes.isTTY && total > 20_000) notes.write(`\r${rows} of ${total}${rows === total ? '\n' : ''}`)
  }
}

function fail(what: string) {
  return (error: Error): never => {
    const cause = error.cause as Error | undefined
    throw new StartError(`${what}: ${cause?.message || error.message}`)
  }
}

function parse(args: string[]) {
  try {
    const text = { type: 'string' } as const
    return parseArgs({
      args,
      options: {
        ...{ database: text, server: text, format: text, out: text },
        ...(Object.fromEntries(criteriaNames.map((name) => [name, text])) as Record<string, typeof text>),
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [message] = (error as Error).message.split(/\.\s|\n/)
    throw new StartError(`${message}; --help lists the options`)
  }
}
