import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { StartError } from './StartError'
import type { NodeEnv } from './types'

/** The address that is listened to: only this machine is served. */
export const host = '127.0.0.1'

/** An HTTP server that can be stopped and started again on the same port. */
export function createListener<Env extends NodeEnv>(app: Hono<Env>, wantedPort: number) {
  let port = wantedPort
  // Tests run in this process, so that their `Request` and `Response` must not be replaced.
  const listener = getRequestListener((request, bindings) => app.fetch(request, bindings), {
    overrideGlobalObjects: false,
  })
  const server = createServer((request, response) => void listener(request, response))

  return {
    port: () => port,

    async start() {
      if (server.listening) return
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code})`
          reject(new StartError(`port ${port} ${reason}; choose another with --port`))
        })
        server.listen(port, host, resolve)
      })
      server.removeAllListeners('error')
      const address = server.address()
      if (address && typeof address === 'object') port = address.port
    },

    async stop() {
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      // A fetch in this same process would go on using a connection whose end it has not heard of yet.
      await delay(20)
    },
  }
}
