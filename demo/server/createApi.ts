import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type MiddlewareHandler } from 'hono'
import { answer, refuse } from './answer'
import { createCorsHeaders } from './createCorsHeaders'
import type { Environment } from './createEnvironment'
import type { Faults } from './createFaults'
import type { Recorder } from './createRecorder'
import { isOwnHost } from './isOwnHost'
import { isBeaconPath, parseTelemetry, telemetryPaths, type Parsed } from './parseTelemetry'
import { readBody } from './readBody'
import type { NodeEnv, Received, Spec } from './types'

interface ApiEnv extends NodeEnv {
  Variables: { received: Received }
}

interface ApiDeps {
  environments: readonly Environment[]
  environmentOf: (sdkKey: string | undefined) => Environment
  faults: Faults
  recorder: Recorder
  /** The newest flag spec that the server speaks. */
  spec: () => Spec
  store: (parsed: Parsed, from: Received, sender: Sender) => void
  allowedOrigins: readonly string[]
  exposeRetryAfter: boolean
  maxBodyBytes: number
}

/** The sender of telemetry. A beacon has no headers, and names it in its body. */
export interface Sender {
  sdkKey: string
  sdk: string | null
  mode: string | null
}

/** The base of every endpoint, as in the service's own addresses. */
export const apiBase = '/api'

/**
 * The wire protocol's endpoints. The page is another origin, so every answer carries CORS headers, faults included. A page of an
 * origin that is neither this machine's nor named is refused: any site could fill the database otherwise.
 */
export function createApi({ environments, environmentOf, faults, recorder, spec, store, ...how }: ApiDeps) {
  const cors = createCorsHeaders(how)
  const app = new Hono<ApiEnv>()

  app.use(async ({ env: { incoming } }, next) => {
    const { host, origin } = incoming.headers
    const isForeign = origin !== undefined && !cors.isAllowed(origin)
    if (isOwnHost(host) && !isForeign) return next()
    incoming.resume()
    return isForeign
      ? refuse(403, `pages of ${origin} may not use this server unless it is started with --allow-origin ${origin}`)
      : refuse(421, 'not a name of this server')
  })

  app.use(async (c, next) => {
    const { incoming, outgoing } = c.env
    const at = Date.now()
    const body = await readBody(incoming, how.maxBodyBytes)
    const received = describe(incoming, body, at)
    // A request is settled when its answer has gone out; a stream, when it has begun.
    outgoing.on('finish', () => recorder.answered(received, outgoing.statusCode))
    recorder.add(received)
    c.set('received', received)
    await next()
  })

  // Faults come instead of the normal answer, or change it, or only delay it.
  app.use(async (c, next) => {
    const fault = faults.of(c.var.received)
    if (fault?.delayMs) await delay(fault.delayMs)
    const { status, body, hang = false, reset = false, accepted = false } = fault ?? {}
    const isFaulty = hang || reset || status !== undefined || body !== undefined
    if (!isFaulty || accepted) await next()
    if (hang) await new Promise(() => {})
    if (reset) {
      c.env.incoming.socket.resetAndDestroy()
      return RESPONSE_ALREADY_SENT
    }
    if (isFaulty) {
      c.res = undefined
      c.res = answer(status ?? 200, body)
    }
    const headers = { ...cors.always(c.env.incoming.headers.origin), ...fault?.headers }
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
    return undefined
  })

  app.options('*', () => answer(204, undefined, cors.preflight))
  const api = app.basePath(apiBase)

  /** Neither beacons nor event sources can set a header: theirs stands in the body, or in the address. */
  const hasKey: MiddlewareHandler<ApiEnv> = async (c, next) => {
    if (!/^Bearer \S/.test(c.var.received.headers['authorization'] ?? ''))
      return refuse(401, 'no SDK key in Authorization')
    return next()
  }

  api.get('/splitChanges', hasKey, ({ var: { received } }) => {
    const search = searchOf(received.url)
    if (spec() === '1.2' && new URLSearchParams(search).get('s') !== '1.2') return refuse(400, 'unknown flag spec')
    const document = environmentOf(keyOf(received)).definitions.answer(search)
    return document ? answer(200, document) : refuse(400, 'since and rbSince are whole numbers')
  })
  api.get('/v2/auth', hasKey, ({ var: { received } }) =>
    answer(200, environmentOf(keyOf(received)).streaming.authenticate()),
  )
  api.get('/memberships/:key', hasKey, ({ var: { received } }) => {
    const [, , key = ''] = received.path.split('/')
    const isBypass = new URLSearchParams(searchOf(received.url)).has('till')
    try {
      return answer(200, environmentOf(keyOf(received)).memberships.answer(decodeURIComponent(key), isBypass))
    } catch {
      return refuse(400, 'the key is not properly encoded')
    }
  })
  api.get('/sse', (c) => {
    const { received } = c.var
    // The token says which environment is meant, because the others do not know it.
    const tries = environments.map(({ streaming }) => streaming.connect(searchOf(received.url)))
    const open = tries.find((each) => 'follow' in each)
    if (open && 'follow' in open) {
      recorder.answered(received, 200)
      return open.follow(c)
    }
    const [first] = tries
    return answer(401, first && 'error' in first ? { error: first.error } : undefined)
  })

  for (const path of telemetryPaths) {
    const isBeacon = isBeaconPath(path)
    const isWhole: MiddlewareHandler<ApiEnv> = async (c, next) =>
      c.var.received.isCut ? refuse(413, `the body is longer than ${how.maxBodyBytes} bytes`) : next()
    api.post(path, isWhole, ...(isBeacon ? [] : [hasKey]), ({ var: { received } }) => {
      let parsed: Parsed
      let sender: Sender
      try {
        const json: unknown = JSON.parse(received.body)
        const letter = isBeacon ? (json as Record<string, unknown> | null) : undefined
        if (letter !== undefined && !text(letter?.['token'])) return refuse(401, 'no SDK key in token')
        parsed = parseTelemetry(path, letter ? letter['entries'] : json)
        const { headers } = received
        sender = letter
          ? { sdkKey: text(letter['token']) ?? '', sdk: text(letter['sdk']), mode: text(letter['sim']) }
          : {
              sdkKey: keyOf(received),
              sdk: text(headers['splitsdkversion']),
              mode: text(headers['splitsdkimpressionsmode']),
            }
      } catch (error) {
        return refuse(400, `malformed body: ${(error as Error).message}`)
      }
      store(parsed, received, sender)
      return answer(200, {})
    })
  }

  for (const path of ['/splitChanges', '/v2/auth', '/memberships/:key', '/sse', ...telemetryPaths]) {
    api.all(path, ({ var: { received } }) => refuse(405, `${received.method} is not for ${received.path}`))
  }
  app.notFound(({ var: { received } }) => refuse(404, `unknown path ${received.path}`))
  app.onError((error, { env: { incoming } }) => {
    // The caller went away in the middle of its body, so that nobody is left to answer.
    if (incoming.destroyed && !incoming.complete) return RESPONSE_ALREADY_SENT
    return refuse(500, `the demo server failed: ${error.message}`)
  })
  return app
}

const keyOf = ({ headers }: Received) => (headers['authorization'] ?? '').replace(/^Bearer /, '')

function describe(request: IncomingMessage, body: string | undefined, at: number): Received {
  const { method = '', url = '', headers } = request
  const pathname = url.split('?', 1)[0] ?? ''
  const path = pathname.startsWith(`${apiBase}/`) ? pathname.slice(apiBase.length) : pathname
  return {
    at,
    transport: transportOf(path, headers['sec-fetch-mode']),
    method,
    url,
    path,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: body ?? '',
    ...(body === undefined && { isCut: true }),
  }
}

/** @param url as it stood on the request line */
function searchOf(url: string) {
  return new URL(url, 'http://localhost').search
}

/** A text that is not empty. */
function text(value: unknown): string | null {
  return typeof value === 'string' && value ? value : null
}

function transportOf(path: string, fetchMode: string | string[] | undefined) {
  if (!isBeaconPath(path)) return 'fetch'
  // The fallback for a refused beacon is the same request made by fetch, which browsers mark as `cors`.
  return fetchMode === 'cors' ? 'keepalive' : 'beacon'
}
