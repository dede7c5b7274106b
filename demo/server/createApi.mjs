// @ts-check
import { setTimeout as delay } from 'node:timers/promises'
import { answer } from './answer.mjs'
import { createCorsHeaders } from './createCorsHeaders.mjs'
import { isOwnHost } from './isOwnHost.mjs'
import { isBeaconPath, isTelemetryPath, parseTelemetry } from './parseTelemetry.mjs'
import { readBody } from './readBody.mjs'

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./createServer.mjs').Received} Received
 * @typedef {{ status: number, body?: unknown, follow?: (response: ServerResponse, headers: Record<string, string>) => void }} Reply
 */

/** Below this stands every endpoint, as in the service's base addresses. */
export const apiBase = '/api'

/**
 * The wire protocol's endpoints. The page is another origin, so every answer carries CORS headers, faults included. A page of an
 * origin that is neither this machine's nor named is refused: any site could fill the database otherwise.
 *
 * @param {object} deps
 * @param {readonly import('./createEnvironment.mjs').Environment[]} deps.environments
 * @param {(sdkKey: string | undefined) => import('./createEnvironment.mjs').Environment} deps.environmentOf
 * @param {ReturnType<import('./createFaults.mjs').createFaults>} deps.faults
 * @param {ReturnType<import('./createRecorder.mjs').createRecorder>} deps.recorder
 * @param {() => '1.3' | '1.2'} deps.spec the newest that it speaks
 * @param {(table: any, rows: any[], from: Received, sdkKey: string, sdk: string | null, mode: string | null) => void} deps.store
 * @param {readonly string[]} deps.allowedOrigins
 * @param {boolean} deps.exposeRetryAfter
 * @param {number} deps.maxBodyBytes
 */
export function createApi(deps) {
  const { environments, environmentOf, faults, recorder, spec, store, maxBodyBytes } = deps
  const cors = createCorsHeaders(deps)

  return async function handle(/** @type {IncomingMessage} */ request, /** @type {ServerResponse} */ response) {
    const at = Date.now()
    const { host, origin } = request.headers
    const refusal = refusalOf(host, origin)
    if (refusal) {
      request.resume()
      return answer(response, refusal.status, refusal.body)
    }
    const always = cors.always(origin)
    const body = await readBody(request, maxBodyBytes)
    const received = describe(request, body ?? '', at)
    response.on('finish', () => recorder.answered(received, response.statusCode))
    recorder.add(received)

    const fault = faults.of(received)
    if (fault?.delayMs) await delay(fault.delayMs)
    const { status, headers, hang, reset } = fault ?? {}
    const faulty = hang || reset || status !== undefined || fault?.body !== undefined
    const reply = faulty && !fault?.accepted ? undefined : respond(received, body)
    if (hang) return
    if (reset) request.socket.resetAndDestroy()
    else if (received.method === 'OPTIONS' && !faulty)
      answer(response, 204, undefined, { ...always, ...cors.preflight, ...headers })
    else if (faulty || !reply) answer(response, status ?? 200, fault?.body, { ...always, ...headers })
    else if (reply.follow) {
      recorder.answered(received, reply.status)
      reply.follow(response, { ...always, ...headers })
    } else answer(response, reply.status, reply.body, { ...always, ...headers })
  }

  /**
   * @param {string | undefined} host
   * @param {string | undefined} origin
   * @returns {Reply | undefined}
   */
  function refusalOf(host, origin) {
    if (!isOwnHost(host)) return fail(421, 'not a name of this server')
    if (origin === undefined || cors.isAllowed(origin)) return undefined
    return fail(403, `pages of ${origin} may not use this server unless it is started with --allow-origin ${origin}`)
  }

  /**
   * @param {Received} received
   * @param {string | undefined} body
   * @returns {Reply}
   */
  function respond(received, body) {
    const { method, path } = received
    if (method === 'OPTIONS') return { status: 204 }
    const isPost = isTelemetryPath(path)
    const respondTo = isPost ? telemetry : reader(path)
    if (!respondTo) return fail(404, `unknown path ${path}`)
    if (method !== (isPost ? 'POST' : 'GET')) return fail(405, `${method} is not for ${path}`)
    if (body === undefined) return fail(413, `the body is longer than ${maxBodyBytes} bytes`)
    // Neither beacons nor event sources can set a header: theirs stands in the body, or in the address.
    if (!isBeaconPath(path) && path !== '/sse' && !/^Bearer \S/.test(received.headers.authorization ?? '')) {
      return fail(401, 'no SDK key in Authorization')
    }
    return respondTo(received)
  }

  /**
   * @param {string} path
   * @returns {((received: Received) => Reply) | undefined}
   */
  function reader(path) {
    if (path === '/splitChanges') {
      return ({ url, headers }) => {
        const { definitions } = environmentOf(keyOf(headers))
        const search = searchOf(url)
        if (spec() === '1.2' && new URLSearchParams(search).get('s') !== '1.2') return fail(400, 'unknown flag spec')
        const document = definitions.answer(search)
        return document ? { status: 200, body: document } : fail(400, 'since and rbSince are whole numbers')
      }
    }
    if (path === '/v2/auth') {
      return ({ headers }) => ({ status: 200, body: environmentOf(keyOf(headers)).streaming.authenticate() })
    }
    if (path === '/sse') {
      return ({ url }) => {
        // Its token says which: the others do not know it.
        const [first, ...others] = environments.map(({ streaming }) => streaming.connect(searchOf(url)))
        return others.find(({ follow }) => follow) ?? /** @type {Reply} */ (first)
      }
    }
    const [, room, key, more] = path.split('/')
    if (room !== 'memberships' || !key || more !== undefined) return undefined
    return ({ url, headers }) => {
      try {
        const { memberships } = environmentOf(keyOf(headers))
        const isBypass = new URLSearchParams(searchOf(url)).has('till')
        return { status: 200, body: memberships.answer(decodeURIComponent(key), isBypass) }
      } catch {
        return fail(400, 'the key is not properly encoded')
      }
    }
  }

  /**
   * @param {Received} received
   * @returns {Reply}
   */
  function telemetry(received) {
    const isBeacon = isBeaconPath(received.path)
    let json, parsed
    try {
      json = JSON.parse(received.body)
      // A beacon has no headers: key, SDK and mode stand in the body.
      if (isBeacon && (typeof json?.token !== 'string' || !json.token)) return fail(401, 'no SDK key in token')
      parsed = parseTelemetry(received.path, isBeacon ? json.entries : json)
    } catch (error) {
      return fail(400, `malformed body: ${/** @type {Error} */ (error).message}`)
    }
    const sdk = isBeacon ? json.sdk : received.headers.splitsdkversion
    const mode = isBeacon ? json.sim : received.headers.splitsdkimpressionsmode
    store(parsed.table, parsed.rows, received, isBeacon ? json.token : keyOf(received.headers), text(sdk), text(mode))
    return { status: 200, body: {} }
  }
}

/** @param {Record<string, string>} headers */
const keyOf = ({ authorization = '' }) => authorization.replace(/^Bearer /, '')

/**
 * @param {IncomingMessage} request
 * @param {string} body
 * @param {number} at
 * @returns {Received}
 */
function describe(request, body, at) {
  const { method = '', url = '', headers } = request
  const pathname = url.split('?', 1)[0] ?? ''
  const path = pathname.startsWith(`${apiBase}/`) ? pathname.slice(apiBase.length) : pathname
  return {
    at,
    transport: transportOf(path, headers['sec-fetch-mode']),
    method,
    url,
    path,
    headers: /** @type {Record<string, string>} */ ({ ...headers }),
    body,
  }
}

/** @param {string} url as it stood on the request line */
function searchOf(url) {
  return new URL(url, 'http://localhost').search
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : null
}

/**
 * @param {string} path
 * @param {string | string[] | undefined} fetchMode
 */
function transportOf(path, fetchMode) {
  if (!isBeaconPath(path)) return 'fetch'
  // The fallback for a refused beacon is the same request made by fetch, which browsers mark as `cors`.
  return fetchMode === 'cors' ? 'keepalive' : 'beacon'
}

/**
 * @param {number} status
 * @param {string} message
 * @returns {Reply}
 */
function fail(status, message) {
  return { status, body: { message } }
}
