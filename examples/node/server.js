import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { createClient } from 'pennon'
import { loadBootstrap, serializeBootstrap } from 'pennon/server'
import { settings } from './settings.js'

/** The page, drawn by the flags of one user. A real server takes the key from the session. */
async function page() {
  const bootstrap = await loadBootstrap(settings)
  const client = createClient({ ...settings, bootstrap, server: 'none' })
  // `peek` makes no impression: the browser makes it, where the user sees the page.
  const isNew = client.peek('checkout_v2').treatment === 'on'
  await client.destroy()
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <link rel="icon" href="data:," />
    <title>pennon: node</title>
    <script type="importmap">{ "imports": { "pennon": "/pennon/index.js" } }</script>
    <link rel="modulepreload" href="/pennon/index.js" />
  </head>
  <body>
    <button id="app">${isNew ? 'New checkout' : 'Old checkout'}</button>
    <script type="application/json" id="bootstrap">${serializeBootstrap(bootstrap)}</script>
    <script type="module" src="/page.js"></script>
  </body>
</html>
`
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const send = (type, content) => response.setHeader('content-type', type).end(content)
  const [, file] = /^\/pennon\/(\w+\.js)$/.exec(pathname) ?? []
  try {
    if (pathname === '/') send('text/html', await page())
    else if (['/page.js', '/settings.js'].includes(pathname)) send('text/javascript', await readFile(`.${pathname}`))
    else if (file) send('text/javascript', await readFile(`node_modules/pennon/dist/${file}`))
    else response.writeHead(404).end()
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})
const port = process.env.PORT ?? 3000
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`))
