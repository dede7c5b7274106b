import { createHash } from 'node:crypto'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Proxy {
  readonly port: number
  /** Puts a script in front of all others, in every document from now on. */
  addScript(script: string): void
  /** Cuts every connection and refuses new ones. */
  setOffline(isOffline: boolean): void
  /** Forgets the scripts. What an origin has stored is cleared when it is asked for again: its port may come again as another's. */
  reset(): void
  stop(): void
}

/** What WebDriver has no command for, done on the way: scripts that run first, and a network that is gone. */
export async function startProxy(): Promise<Proxy> {
  const scripts: string[] = []
  const origins = new Set<string>()
  const stale = new Set<string>()
  const sockets = new Set<Socket>()
  let isOffline = false

  const isFirstAgain = (origin: string) => {
    origins.add(origin)
    return stale.delete(origin)
  }
  const server = createServer((incoming, outgoing) => {
    if (isOffline) incoming.socket.destroy()
    else pass(incoming, outgoing, scripts, isFirstAgain)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    addScript(script) {
      if (!scripts.includes(script)) scripts.push(script)
    },
    setOffline(isNowOffline) {
      isOffline = isNowOffline
      if (isOffline) for (const socket of sockets) socket.destroy()
    },
    reset() {
      scripts.length = 0
      for (const origin of origins) stale.add(origin)
      origins.clear()
    },
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  scripts: readonly string[],
  isFirstAgain: (origin: string) => boolean,
): void {
  const url = new URL(incoming.url ?? '')
  const headers = { ...incoming.headers }
  delete headers['proxy-connection']
  const isDocument = /^i?frame$|^document$/.test(String(headers['sec-fetch-dest']))
  const isChanged = scripts.length > 0 && isDocument
  if (isChanged) delete headers['accept-encoding']

  const asked = request(url, { method: incoming.method ?? 'GET', headers, agent: false }, (answer) => {
    // A connection that is cut here is cut there.
    answer.on('error', () => outgoing.destroy())
    if (isDocument && isFirstAgain(url.origin)) answer.headers['clear-site-data'] = '"cache", "storage"'
    if (isChanged && answer.headers['content-type']?.includes('text/html')) {
      void change(answer, outgoing, scripts.join(';\n'))
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    outgoing.flushHeaders()
    answer.pipe(outgoing)
  })
  asked.on('error', () => incoming.socket.destroy())
  outgoing.on('close', () => asked.destroy())
  incoming.pipe(asked)
}

/** Puts the script into the document, and its hash into a content security policy that would forbid it. */
async function change(answer: IncomingMessage, outgoing: ServerResponse, script: string): Promise<void> {
  let html = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) html += String(chunk)
  const tag = `<script>${script}</script>`
  const place = /<head[^>]*>|<!doctype[^>]*>/i
  const changed = place.test(html) ? html.replace(place, (found) => found + tag) : tag + html

  const headers = { ...answer.headers }
  delete headers['content-length']
  delete headers['transfer-encoding']
  const policy = headers['content-security-policy']
  if (typeof policy === 'string') {
    const hash = createHash('sha256').update(script).digest('base64')
    headers['content-security-policy'] = allow(policy, `'sha256-${hash}'`)
  }
  outgoing.writeHead(answer.statusCode ?? 502, headers)
  outgoing.end(changed)
}

function allow(policy: string, hash: string): string {
  const sources = /(?:^|;)\s*script-src ([^;]*)/.exec(policy)?.[1]
  if (sources?.includes("'unsafe-inline'")) return policy
  if (sources !== undefined) return policy.replace(/script-src /, `script-src ${hash} `)
  // Without sources of their own, scripts have those of everything.
  const fallback = /(?:^|;)\s*default-src ([^;]*)/.exec(policy)?.[1]
  return fallback === undefined ? policy : `${policy}; script-src ${fallback} ${hash}`
}
