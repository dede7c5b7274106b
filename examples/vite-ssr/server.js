import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { render } from './dist/server/render.js'

const template = await readFile('dist/client/index.html', 'utf8')

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const [, script] = /^\/(assets\/[\w-]+\.js)$/.exec(pathname) ?? []
  try {
    if (pathname === '/') {
      const { app, bootstrap } = await render()
      // By functions: text that stands in for another may not hold `$&`.
      const html = template.replace('<!--app-->', () => app).replace('<!--bootstrap-->', () => bootstrap)
      response.setHeader('content-type', 'text/html').end(html)
    } else if (script) {
      response.setHeader('content-type', 'text/javascript').end(await readFile(`dist/client/${script}`))
    } else response.writeHead(404).end()
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})
const port = process.env.PORT ?? 3000
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`))
