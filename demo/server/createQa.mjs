// @ts-check
import { answers, endpoints, isFault, pageFaults } from '../page/faults.mjs'
import { answer } from './answer.mjs'
import { EditError } from './EditError.mjs'
import { exportFormats } from './exportFormats.mjs'
import { flagForm } from './flagForm.mjs'
import { parseCriteria } from './parseCriteria.mjs'
import { readBody } from './readBody.mjs'
import { StartError } from './StartError.mjs'
import { streamExport } from './streamExport.mjs'

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./createEnvironment.mjs').Environment} Environment
 * @typedef {import('./parseCriteria.mjs').Criteria} Criteria
 * @typedef {{ request: IncomingMessage, response: ServerResponse, query: URLSearchParams, name: string, body: unknown }} Call
 */

const defaultRows = 200
const maxRows = 1_000
const maxBodyBytes = 1 << 20
/** Of a chart: as many as can be told apart. */
const maxSteps = 60
const minuteMs = 60_000
const steps = [1, 5, 15, 60, 360, 1_440].map((minutes) => minutes * minuteMs)

/**
 * What the QA pages ask of the server, below /qa/.
 *
 * @param {object} deps
 * @param {readonly Environment[]} deps.environments
 * @param {() => object} deps.config
 * @param {ReturnType<import('./createDatabase.mjs').createDatabase>} deps.database
 * @param {ReturnType<import('./createTail.mjs').createTail>} deps.tail
 * @param {ReturnType<import('./createFaults.mjs').createFaults>} deps.faults
 * @param {ReturnType<import('./createRetention.mjs').createRetention>} deps.retention
 */
export function createQa({ environments, config, database, tail, faults, retention }) {
  /** Undo of the faults that a page plays. @type {(() => void)[]} */
  let played = []
  /** Exports under way, by the id that their page chose. @type {Map<string, { rows: number, total: number }>} */
  const exports = new Map()

  const first = /** @type {Environment} */ (environments[0])
  const environmentOf = (/** @type {Call} */ { query }) => {
    const name = query.get('environment')
    const found = name ? environments.find((environment) => environment.name === name) : first
    if (!found) throw new EditError(`there is no environment ${name}`)
    return found
  }
  const criteriaOf = (/** @type {Call} */ { query }) => parseCriteria((name) => query.get(name))

  /** By method and path; `*` is a name. @type {Record<string, (call: Call) => unknown>} */
  const routes = {
    'GET config': config,
    'GET totals': database.totals,
    'GET flags': (call) => environmentOf(call).definitions.document.ff.d,
    'GET forms': (call) =>
      environmentOf(call)
        .definitions.document.ff.d.filter(({ status }) => status !== 'ARCHIVED')
        .map(flagForm),
    'PATCH flags/*': (call) => flagForm(environmentOf(call).edit(call.name, call.body)),
    'GET memberships/*': (call) => environmentOf(call).memberships.of(call.name),
    'PUT memberships/*': (call) => {
      const { memberships, setMemberships } = environmentOf(call)
      setMemberships(memberships.patched(call.name, call.body))
      return {}
    },
    'GET impressions': (call) => {
      const limit = Math.min(whole(call.query.get('limit'), defaultRows), maxRows)
      return database.newest(criteriaOf(call), whole(call.query.get('after'), 0), limit)
    },
    'GET charts': (call) => charts(criteriaOf(call), environmentOf(call)),
    'GET export-progress': ({ query }) => exports.get(query.get('id') ?? '') ?? { rows: 0, total: 0 },
    'PUT faults': ({ body }) => {
      const { faults: names } = /** @type {{ faults?: unknown }} */ (body ?? {})
      if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && isFault(name)))
        throw new EditError('expected { "faults": [ … ] } of the faults page')
      for (const undo of played) undo()
      played = names
        .filter((name) => !Object.hasOwn(pageFaults, name))
        .flatMap((name) => {
          const [endpoint, kind] = name.split(':')
          return (endpoints[endpoint] ?? []).map((path) => faults.add(path, answers[kind] ?? {}))
        })
      return {}
    },
  }

  /**
   * @param {Criteria} criteria
   * @param {Environment} environment
   */
  function charts(criteria, environment) {
    const rough = database.traffic(criteria, minuteMs)
    const span = (rough.at(-1)?.start ?? 0) - (rough[0]?.start ?? 0)
    const stepMs = steps.find((step) => span / step <= maxSteps) ?? /** @type {number} */ (steps.at(-1))
    return {
      stepMs,
      traffic: stepMs === minuteMs ? rough : database.traffic(criteria, stepMs),
      treatments: database.treatments(criteria),
      counted: database.counted(criteria),
      untracked:
        criteria.flag !== undefined && environment.definitions.flag(criteria.flag)?.impressionsDisabled === true,
      total: database.count(criteria),
      stored: database.totals().impressions,
      deleted: retention.deleted(),
    }
  }

  /** @param {Call} call */
  async function sendExport(call) {
    const { query, response } = call
    const format = /** @type {keyof typeof exportFormats} */ (query.get('format') ?? 'csv')
    if (!Object.hasOwn(exportFormats, format)) throw new EditError(`format ${format}: expected csv, jsonl or parquet`)
    const criteria = criteriaOf(call)
    const id = query.get('id') ?? ''
    const progress = { rows: 0, total: database.count(criteria) }
    exports.set(id, progress)
    const headers = {
      'content-type': exportFormats[format].type,
      'content-disposition': `attachment; filename="impressions.${format}"`,
      'x-rows': String(progress.total),
    }
    // They go with the first bytes: what fails before can still be answered as a failure.
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    try {
      await streamExport({
        database,
        criteria,
        format,
        to: response,
        onProgress(rows) {
          progress.rows = rows
        },
      })
      response.end()
    } catch (error) {
      // Half a file must not pass for a whole one.
      if (response.headersSent) response.destroy()
      else for (const name of Object.keys(headers)) response.removeHeader(name)
      throw error
    } finally {
      exports.delete(id)
    }
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   * @param {string} path below /qa/
   * @param {URLSearchParams} query
   */
  return async function handle(request, response, path, query) {
    const { method = 'GET' } = request
    const [room = '', ...rest] = path.split('/')
    const key = `${method} ${room}${rest.length > 0 ? '/*' : ''}`
    const isRead = method === 'GET'
    if (!isRead && !isOwnPage(request)) return answer(response, 403, { message: 'only this page may change anything' })
    try {
      const name = decodeURIComponent(rest.join('/'))
      const call = { request, response, query, name, body: isRead ? undefined : await json(request) }
      if (key === 'GET export') return await sendExport(call)
      if (key === 'GET tail')
        return tail.follow(
          response,
          /** @type {string | undefined} */ (request.headers['last-event-id']),
          criteriaOf(call),
        )
      if (!Object.hasOwn(routes, key)) return answer(response, 404, { message: `nothing at /qa/${path}` })
      answer(response, 200, routes[key]?.(call))
    } catch (error) {
      const isAsked = error instanceof EditError || error instanceof StartError || error instanceof URIError
      if (!isAsked) throw error
      answer(response, 400, { message: error.message })
    }
  }
}

/**
 * Another site may make a browser send a request here, but not one that says it comes from this page: `Origin` is the
 * browser's to write, and JSON is asked about before it is sent.
 *
 * @param {IncomingMessage} request
 */
function isOwnPage({ headers }) {
  const { origin, host } = headers
  return origin === `http://${host}` && headers['content-type'] === 'application/json'
}

/** @param {IncomingMessage} request */
async function json(request) {
  const text = await readBody(request, maxBodyBytes)
  if (text === undefined) throw new EditError('the body is too long')
  try {
    return JSON.parse(text)
  } catch {
    throw new EditError('the body is no JSON')
  }
}

/**
 * @param {string | null} text
 * @param {number} otherwise
 */
function whole(text, otherwise) {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : otherwise
}
