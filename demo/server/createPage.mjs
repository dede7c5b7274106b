// @ts-check
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { answer } from './answer.mjs'
import { isOwnHost } from './isOwnHost.mjs'

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

/**
 * The QA pages' origin: their files, the built SDK under /dist/, and under /qa/ what the server knows.
 *
 * @param {object} deps
 * @param {string} deps.pageRoot
 * @param {string} deps.distRoot
 * @param {string} deps.vendorRoot the library of the charts
 * @param {Map<string, ServedPage>} deps.served pages that a test added
 * @param {() => string} deps.apiUrl
 * @param {ReturnType<import('./createQa.mjs').createQa>} deps.qa
 */
export function createPage({ pageRoot, distRoot, vendorRoot, served, apiUrl, qa }) {
  /** By the first part of the path. @type {[string, string][]} */
  const roots = [
    ['/dist/', distRoot],
    ['/vendor/', vendorRoot],
    ['/', pageRoot],
  ]

  return async function handle(/** @type {IncomingMessage} */ request, /** @type {ServerResponse} */ response) {
    if (!isOwnHost(request.headers.host)) return answer(response, 421, { message: 'not a name of this server' })
    const [path = '', search = ''] = (request.url ?? '').split('?', 2)
    if (path.startsWith('/qa/')) return qa(request, response, path.slice('/qa/'.length), new URLSearchParams(search))
    request.resume()
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
    const [start, root] = /** @type {[string, string]} */ (
      roots.find(([prefix]) => path.startsWith(prefix)) ?? roots[2]
    )
    const file = inside(root, path === '/' ? '/index.html' : path.slice(start.length - 1))
    const found = file ? await stat(file).catch(() => undefined) : undefined
    if (!file || !found?.isFile()) return answer(response, 404, { message: `nothing at ${path}` })
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-length': found.size,
      // Not no-store, which would keep the page out of the back/forward cache.
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'content-security-policy': policy(new URL(apiUrl()).origin),
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
