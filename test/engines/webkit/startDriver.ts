import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface DriverOptions {
  /** WebKitWebDriver. */
  executablePath: string
  /** The browser that it starts. */
  browserPath: string
  display: string
  /** Port of the proxy that all requests of the browser go through. */
  proxyPort: number
}

/** One session of WebDriver: a browser process with a profile that is gone when it ends. */
export interface Driver {
  readonly browserVersion: string
  /** Sends a command. `path` begins behind the session. @returns the answer's `value` */
  send<Value = unknown>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Value>
  stop(): Promise<void>
}

/** How long a driver may take to listen, on a machine that is busy with others. */
const START_TIMEOUT_MS = 20_000

export async function startDriver({ executablePath, browserPath, display, proxyPort }: DriverOptions): Promise<Driver> {
  const port = await freePort()
  const agent = new Agent({ keepAlive: true })
  const child = spawn(executablePath, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    // Nothing here has a graphics card: without a compositor a page costs 40 % less CPU time.
    env: {
      ...process.env,
      // From the locale C.UTF-8, WebKitGTK makes the language `c`, with which all of Intl throws; from C it makes `en-US`.
      LC_ALL: 'C',
      DISPLAY: display,
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    },
  })
  const kill = () => void child.kill()
  process.on('exit', kill)

  const call = <Value>(method: string, path: string, body?: object) =>
    new Promise<Value>((resolve, reject) => {
      const text = body && JSON.stringify(body)
      const sent = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (answer += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { value } = JSON.parse(answer) as { value: Value & { error?: string; message?: string } }
          if (value?.error) reject(new Error(`${value.error}: ${value.message}`))
          else resolve(value)
        })
      })
      sent.on('error', reject)
      if (text) sent.setHeader('content-type', 'application/json').setHeader('content-length', Buffer.byteLength(text))
      sent.end(text)
    })

  const giveUpAt = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      await call('GET', '/status')
      break
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      await sleep(20)
    }
  }
  const { sessionId, capabilities } = await call<{ sessionId: string; capabilities: { browserVersion: string } }>(
    'POST',
    '/session',
    {
      capabilities: {
        alwaysMatch: {
          browserName: 'MiniBrowser',
          pageLoadStrategy: 'normal',
          // WebKit ends a script by a timer that it sets with the page's own setTimeout. It would be one more timer in the page, and
          // fire early where a test makes time pass faster. Scripts here give their answer at once: they need no deadline.
          timeouts: { script: null },
          proxy: { proxyType: 'manual', httpProxy: `127.0.0.1:${proxyPort}`, noProxy: [] },
          'webkitgtk:browserOptions': { binary: browserPath, args: ['--automation'] },
        },
      },
    },
  )
  return {
    browserVersion: capabilities.browserVersion,
    send: (method, path, body) => call(method, `/session/${sessionId}${path}`, body),
    async stop() {
      // The browser goes with its session.
      await call('DELETE', `/session/${sessionId}`).catch(() => undefined)
      agent.destroy()
      process.off('exit', kill)
      kill()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
