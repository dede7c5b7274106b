// @ts-check
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { answer } from './answer.mjs'

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./createServer.mjs').ServedPage} ServedPage
 */

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

const defaultRows = 200
const maxRows = 1000
const ownNames = new Set(['127.0.0.1', 'localhost'])

/**
 * The QA page's origin: its files, the built SDK under /dist/, and under /qa/ what the server knows.
 *
 * @param {object} deps
 * @param {string} deps.pageRoot
 * @param {string} deps.distRoot
 * @param {Map<string, ServedPage>} deps.served pages that a test added
 * @param {() => { apiUrl: string, sdkKey: string, environment: { id: string, name: string } }} deps.config
 * @param {ReturnType<import('./createDefinitions.mjs').createDefinitions>} deps.definitions
 * @param {ReturnType<import('./createDatabase.mjs').createDatabase>} deps.database
 * @param {ReturnType<import('./createTail.mjs').createTail>} deps.tail
 */
export function createPage({ pageRoot, distRoot, served, config, definitions, database, tail }) {
  /** @type {Record<string, (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void>} */
  const routes = {
    '/qa/config': (_, response) => answer(response, 200, config()),
    '/qa/flags': (_, response) => answer(response, 200, definitions.document.ff.d),
    '/qa/totals': (_, response) => answer(response, 200, database.totals()),
    '/qa/impressions': (_, response, query) => {
      const after = number(query.get('after'), 0)
      const limit = Math.min(number(query.get('limit'), defaultRows), maxRows)
      answer(response, 200, database.newest({}, after, limit))
    },
    '/qa/tail': ({ headers }, response) =>
      tail.follow(response, /** @type {string | undefined} */ (headers['last-event-id'])),
  }

  return async function handle(/** @type {IncomingMessage} */ request, /** @type {ServerResponse} */ response) {
    request.resume()
    // A name of someone else's that resolves to loopback must not make this origin theirs.
    if (!ownNames.has(hostname(request.headers.host)))
      return answer(response, 421, { message: 'not a name of this server' })
    const [path = '', search = ''] = (request.url ?? '').split('?', 2)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, { message: `${request.method} is not for ${path}` }, { allow: 'GET, HEAD' })
    }
    const page = served.get(path)
    if (page) {
      response
        .writeHead(200, { 'content-type': types[extname(path)] ?? types['.html'], ...page.headers })
        .end(page.body)
      return
    }
    if (Object.hasOwn(routes, path)) return routes[path]?.(request, response, new URLSearchParams(search))
    const file = path.startsWith('/dist/')
      ? inside(distRoot, path.slice('/dist'.length))
      : inside(pageRoot, path === '/' ? '/index.html' : path)
    const found = file ? await stat(file).catch(() => undefined) : undefined
    if (!file || !found?.isFile()) return answer(response, 404, { message: `nothing at ${path}` })
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-length': found.size,
      // Not no-store, which would keep the page out of the back/forward cache.
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'content-security-policy': policy(new URL(config().apiUrl).origin),
    })
    if (request.method === 'HEAD') response.end()
    else pipeline(createReadStream(file), response, () => {})
  }
}

/** @param {string} apiOrigin */
function policy(apiOrigin) {
  return [
    "default-src 'self'",
    `connect-src 'self' ${apiOrigin}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/**
 * The file that a path means, or undefined when it is not below the root.
 *
 * @param {string} root
 * @param {string} path
 */
function inside(root, path) {
  try {
    const file = join(root, decodeURIComponent(path))
    return file.startsWith(root + sep) && !file.includes('\0') && !file.includes(`${sep}.`) ? file : undefined
  } catch {
    return undefined
  }
}

/** @param {string | undefined} host */
function hostname(host) {
  return host?.replace(/:\d+$/, '') ?? ''
}

/**
 * @param {string | null} text
 * @param {number} otherwise
 */
function number(text, otherwise) {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : otherwise
}
