// @ts-check
// Exports impressions from a database file, or from a server that runs: `npm run demo:export -- --help`.
import { createWriteStream } from 'node:fs'
import { finished, pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createDatabase } from './server/createDatabase.mjs'
import { exportFormats } from './server/exportFormats.mjs'
import { criteriaNames, parseCriteria } from './server/parseCriteria.mjs'
import { StartError } from './server/StartError.mjs'
import { streamExport } from './server/streamExport.mjs'

const help = `Exports impressions that the demo's server received.

  npm run demo:export -- [options]

  --database FILE     the file that the server keeps; without it, the server that runs is asked
  --server URL        where it runs   (default: http://127.0.0.1:4180)
  --format FORMAT     csv, jsonl or parquet   (default: by the name of --out, otherwise csv)
  --out FILE          where to write   (default: standard output)

Only impressions that meet all of these:

  --environment NAME  --flag NAME  --key KEY  --treatment NAME
  --label LABEL       'none': those whose label was kept home
  --from TIME         decided at or after, as 2026-11-21 or 2026-11-21T09:30
  --to TIME           decided before
  --help
`

try {
  const options = parse(process.argv.slice(2))
  if (options.help) process.stdout.write(help)
  else await run(options)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

/** @param {ReturnType<typeof parse>} options */
async function run({ database: file, server = 'http://127.0.0.1:4180', out, format: given, ...rest }) {
  const format = given ?? (out && /\.([a-z]+)$/.exec(out)?.[1]) ?? 'csv'
  if (!Object.hasOwn(exportFormats, format)) throw new StartError(`--format ${format}: expected csv, jsonl or parquet`)
  const criteria = parseCriteria((name) => /** @type {Record<string, any>} */ (rest)[name])
  if (format === 'parquet' && !out && process.stdout.isTTY) throw new StartError('--out is needed: Parquet is no text')
  const to = out === undefined ? process.stdout : createWriteStream(out)
  // A reader that has seen enough, such as head, closes the pipe.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
    process.exit(error.code === 'EPIPE' ? 0 : 1),
  )
  const opened = out === undefined ? undefined : finished(to).catch(fail(`--out ${out}`))
  const rows =
    file === undefined ? await download(server, criteria, format, to) : await read(file, criteria, format, to)
  if (out !== undefined) to.end()
  await opened
  process.stderr.write(`${rows} ${rows === 1 ? 'impression' : 'impressions'}${out === undefined ? '' : ` in ${out}`}\n`)
}

/**
 * @param {string} file
 * @param {import('./server/parseCriteria.mjs').Criteria} criteria
 * @param {string} format
 * @param {NodeJS.WritableStream & import('node:stream').Writable} to
 */
async function read(file, criteria, format, to) {
  const database = createDatabase(file)
  try {
    return await streamExport({
      database,
      criteria,
      format: /** @type {any} */ (format),
      to,
      onProgress: progress(database.count(criteria)),
    })
  } finally {
    database.close()
  }
}

/**
 * @param {string} server
 * @param {import('./server/parseCriteria.mjs').Criteria} criteria
 * @param {string} format
 * @param {import('node:stream').Writable} to
 */
async function download(server, criteria, format, to) {
  const query = new URLSearchParams({ format })
  for (const [name, value] of Object.entries(criteria)) query.set(name, value === '' ? 'none' : String(value))
  const response = await fetch(new URL(`/qa/export?${query}`, server)).catch(fail(`no server at ${server}`))
  const { body, headers } = /** @type {Response} */ (response)
  if (!response.ok || !body) throw new StartError((await response.json()).message)
  await pipeline(/** @type {any} */ (body), to, { end: false })
  return Number(headers.get('x-rows'))
}

/**
 * Where a person looks on, says how far it is.
 *
 * @param {number} total
 */
function progress(total) {
  return (/** @type {number} */ rows) => {
    if (process.stderr.isTTY && total > 20_000)
      process.stderr.write(`\r${rows} of ${total}${rows === total ? '\n' : ''}`)
  }
}

/** @param {string} what */
function fail(what) {
  return (/** @type {Error} */ error) => {
    const cause = /** @type {Error | undefined} */ (error.cause)
    throw new StartError(`${what}: ${cause?.message || error.message}`)
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    const text = /** @type {const} */ ({ type: 'string' })
    return parseArgs({
      args,
      options: {
        ...{ database: text, server: text, format: text, out: text },
        .../** @type {Record<string, typeof text>} */ (Object.fromEntries(criteriaNames.map((name) => [name, text]))),
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [message] = /** @type {Error} */ (error).message.split(/\.\s|\n/)
    throw new StartError(`${message}; --help lists the options`)
  }
}
