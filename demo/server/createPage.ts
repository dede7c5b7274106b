import { extname } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type MiddlewareHandler } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { answer, refuse } from './answer'
import { isOwnHost } from './isOwnHost'
import { pageHtml } from './pageHtml'
import type { NodeEnv, ServedPage } from './types'

interface PageDeps {
  pageRoot: string
  distRoot: string
  /** The style sheet of the charts' library. */
  vendorRoot: string
  /** Pages that a test added, by path. */
  served: ReadonlyMap<string, ServedPage>
  apiUrl: () => string
  /** What the server says of itself to each page. */
  config: () => object
  qa: Hono<NodeEnv>
}

/** The QA pages' origin: their files, the built SDK under /dist/, and under /qa/ what the server knows. */
export function createPage({ pageRoot, distRoot, vendorRoot, served, apiUrl, config, qa }: PageDeps) {
  const app = new Hono<NodeEnv>()

  app.use(async ({ env: { incoming } }, next) =>
    isOwnHost(incoming.headers.host) ? next() : refuse(421, 'not a name of this server'),
  )
  app.route('/qa', qa)
  app.use(async ({ req }, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next()
    return answer(405, { message: `${req.method} is not for ${req.path}` }, { allow: 'GET, HEAD' })
  })
  app.use(async ({ req }, next) => {
    const page = served.get(req.path)
    if (!page) return next()
    const type = (extname(req.path) && getMimeType(req.path)) || 'text/html; charset=utf-8'
    return new Response(page.body, { headers: { 'content-type': type, ...page.headers } })
  })
  app.use(async (c, next) => {
    await next()
    if (!c.res.ok) return
    // `no-store` would keep the page out of the back/forward cache.
    c.header('cache-control', 'no-cache')
    c.header('x-content-type-options', 'nosniff')
    c.header('content-security-policy', policy(new URL(apiUrl()).origin))
  })
  app.use(async (c, next) => {
    const html = pageHtml(c.req.path, config())
    return html === undefined ? next() : c.html(html)
  })
  const below = (prefix: string) => (path: string) => path.slice(prefix.length)
  // It is made at each request, because it complains of a folder that is not there, and this one may be built after the server began.
  const dist: MiddlewareHandler<NodeEnv> = (c, next) =>
    serveStatic<NodeEnv>({ root: distRoot, rewriteRequestPath: below('/dist') })(c, next)
  app.use('/dist/*', dist)
  app.use('/vendor/*', serveStatic({ root: vendorRoot, rewriteRequestPath: below('/vendor') }))
  app.use(serveStatic({ root: pageRoot }))
  app.notFound(({ req }) => refuse(404, `nothing at ${req.path}`))
  return app
}

function policy(apiOrigin: string) {
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
