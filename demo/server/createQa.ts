import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { answers, endpoints, isFault, pageFaults } from '../page/faults'
import { answer, refuse } from './answer'
import type { Database } from './createDatabase'
import type { Environment } from './createEnvironment'
import type { Faults } from './createFaults'
import type { Retention } from './createRetention'
import type { Tail } from './createTail'
import { EditError } from './EditError'
import { exportFormats, type ExportFormat } from './exportFormats'
import { exportImpressions } from './exportImpressions'
import { flagForm } from './flagForm'
import { parseCriteria, type Criteria } from './parseCriteria'
import { segmentForm } from './segmentForm'
import { StartError } from './StartError'
import type { Charts, NodeEnv } from './types'

type Call = Context<NodeEnv>

interface QaDeps {
  environments: readonly [Environment, ...Environment[]]
  database: Database
  tail: Tail
  faults: Faults
  retention: Retention
}

const defaultRows = 200
const maxRows = 1_000
const maxBodyBytes = 1 << 20
/** The most points of a chart that can be told apart. */
const maxSteps = 60
const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const steps = [1, 5, 15, 60, 360].map((minutes) => minutes * minuteMs)

/** What the QA pages ask of the server, below /qa/. */
export function createQa({ environments, database, tail, faults, retention }: QaDeps) {
  /** The functions that undo the faults that a page plays. */
  let played: (() => void)[] = []
  /** Exports under way, by the id that their page chose. */
  const exports = new Map<string, { rows: number; total: number }>()
  const app = new Hono<NodeEnv>()

  const environmentOf = ({ req }: Call) => {
    const name = req.query('environment')
    const found = name ? environments.find((environment) => environment.name === name) : environments[0]
    if (!found) throw new EditError(`there is no environment ${name}`)
    return found
  }
  const criteriaOf = ({ req }: Call) => parseCriteria((name) => req.query(name))
  /** The name in the address, which may be any text. */
  const nameOf = ({ req }: Call) => decodeURIComponent(req.path.split('/').at(-1) ?? '')

  app.use(async ({ req, env: { incoming } }, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (isRead || isOwnPage(incoming.headers)) return next()
    incoming.resume()
    return refuse(403, 'only this page may change anything')
  })
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new EditError('the body is too long')
      },
    }),
  )

  app.get('/totals', () => answer(200, database.totals()))
  app.get('/flags', (c) => answer(200, environmentOf(c).definitions.document.ff.d))
  app.post('/flags', async (c) => answer(200, flagForm(environmentOf(c).create(await json(c)))))
  app.get('/forms', (c) => {
    const flags = environmentOf(c).definitions.document.ff.d
    return answer(200, flags.filter(({ status }) => status !== 'ARCHIVED').map(flagForm))
  })
  app.patch('/flags/:name', async (c) => answer(200, flagForm(environmentOf(c).edit(nameOf(c), await json(c)))))
  app.get('/history/flags/:name', (c) => answer(200, environmentOf(c).historyOf('flag', nameOf(c)).map(flagForm)))
  app.put('/history/flags/:name', async (c) =>
    answer(200, flagForm(environmentOf(c).restore('flag', nameOf(c), await json(c)))),
  )
  app.get('/segments', (c) => {
    const segments = environmentOf(c).definitions.document.rbs.d
    return answer(200, segments.filter(({ status }) => status !== 'ARCHIVED').map(segmentForm))
  })
  app.post('/segments', async (c) => answer(200, segmentForm(environmentOf(c).createSegment(await json(c)))))
  app.patch('/segments/:name', async (c) =>
    answer(200, segmentForm(environmentOf(c).editSegment(nameOf(c), await json(c)))),
  )
  app.get('/history/segments/:name', (c) =>
    answer(200, environmentOf(c).historyOf('segment', nameOf(c)).map(segmentForm)),
  )
  app.put('/history/segments/:name', async (c) =>
    answer(200, segmentForm(environmentOf(c).restore('segment', nameOf(c), await json(c)))),
  )
  app.get('/memberships/:key', (c) => answer(200, environmentOf(c).memberships.of(nameOf(c))))
  app.put('/memberships/:key', async (c) => {
    const { memberships, setMemberships } = environmentOf(c)
    setMemberships(memberships.patched(nameOf(c), await json(c)))
    return answer(200, {})
  })
  app.get('/impressions', (c) => {
    const limit = Math.min(whole(c.req.query('limit'), defaultRows), maxRows)
    return answer(200, database.newest('impressions', criteriaOf(c), whole(c.req.query('after'), 0), limit))
  })
  app.get('/charts', (c) => answer(200, charts(criteriaOf(c), environmentOf(c))))
  app.get('/export-progress', ({ req }) => answer(200, exports.get(req.query('id') ?? '') ?? { rows: 0, total: 0 }))
  app.get('/export', sendExport)
  app.get('/tail', (c) => tail.follow(c, criteriaOf(c)))
  app.put('/faults', async (c) => {
    const { faults: names } = ((await json(c)) ?? {}) as { faults?: unknown }
    if (!isFaultList(names)) throw new EditError('expected { "faults": [ … ] } of the faults page')
    for (const undo of played) undo()
    played = names
      .filter((name) => !Object.hasOwn(pageFaults, name))
      .flatMap((name) => {
        const [endpoint = '', kind = ''] = name.split(':')
        return (endpoints[endpoint] ?? []).map((path) => faults.add(path, answers[kind] ?? {}))
      })
    return answer(200, {})
  })
  app.all('*', ({ req }) => refuse(404, `nothing at ${req.path}`))

  app.onError((error) => {
    const isAsked = error instanceof EditError || error instanceof StartError || error instanceof URIError
    return isAsked ? refuse(400, error.message) : refuse(500, `the demo server failed: ${error.message}`)
  })

  function charts(criteria: Criteria, environment: Environment): Charts {
    const rough = database.traffic(criteria, minuteMs)
    const span = (rough.at(-1)?.start ?? 0) - (rough[0]?.start ?? 0)
    const stepMs = steps.find((step) => span / step <= maxSteps) ?? dayMs
    const { flag } = criteria
    const definition = flag?.how === 'is' ? environment.definitions.flag(flag.text) : undefined
    return {
      stepMs,
      traffic: stepMs === minuteMs ? rough : database.traffic(criteria, stepMs),
      treatments: database.treatments(criteria),
      counted: database.counted(criteria),
      counts: database.countsOverTime(criteria),
      untrackedSince: definition?.['impressionsDisabled'] === true ? (definition.changeNumber ?? 0) : undefined,
      changes: definition
        ? environment.historyOf('flag', definition.name).flatMap(({ changeNumber }) => changeNumber ?? [])
        : [],
      total: database.count(criteria),
      stored: database.totals().impressions,
      deleted: retention.deleted(),
    }
  }

  async function sendExport(c: Call) {
    const format = c.req.query('format') ?? 'csv'
    if (!isExportFormat(format)) throw new EditError(`format ${format}: expected csv, jsonl or parquet`)
    const criteria = criteriaOf(c)
    const id = c.req.query('id') ?? ''
    const progress = { rows: 0, total: database.count(criteria) }
    exports.set(id, progress)
    const onProgress = (rows: number) => {
      progress.rows = rows
    }
    const pages = exportImpressions(database, { criteria, format, onProgress })
    // What fails before the first bytes is answered as a failure; what fails later cuts the connection. Either way, half a file does
    // not pass for a whole one.
    const first = await pages.next().catch((error: unknown) => {
      exports.delete(id)
      throw error
    })
    async function* whole() {
      try {
        if (!first.done) yield first.value
        yield* pages
      } finally {
        exports.delete(id)
      }
    }
    const body = Readable.toWeb(Readable.from(whole(), { objectMode: false })) as NodeReadableStream<Uint8Array>
    return new Response(body as ReadableStream<Uint8Array>, {
      headers: {
        'content-type': exportFormats[format].type,
        'content-disposition': `attachment; filename="impressions.${format}"`,
        'x-rows': String(progress.total),
      },
    })
  }

  return app
}

const isExportFormat = (format: string): format is ExportFormat => Object.hasOwn(exportFormats, format)

function isFaultList(names: unknown): names is string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string' && isFault(name))
}

/**
 * Another site may make a browser send a request here, but not one that says it comes from this page: `Origin` is the browser's to
 * write, and JSON is asked about before it is sent.
 */
function isOwnPage(headers: {
  origin?: string | undefined
  host?: string | undefined
  'content-type'?: string | undefined
}) {
  return headers.origin === `http://${headers.host}` && headers['content-type'] === 'application/json'
}

async function json({ req }: Call): Promise<unknown> {
  try {
    return await req.json()
  } catch (error) {
    if (error instanceof SyntaxError) throw new EditError('the body is no JSON')
    throw error
  }
}

function whole(text: string | undefined, otherwise: number) {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : otherwise
}
