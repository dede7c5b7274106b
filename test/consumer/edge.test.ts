import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { definitionsOf, flag, inSegment, rule } from '../browser/site'
import { installPackage, type Consumer } from './installPackage'

// The packed package in a worker of Cloudflare's runtime, bundled as its own tools bundle it, against the local server.
let consumer: Consumer
let edge: ChildProcess | undefined
let address: string
let server: DemoServer
beforeAll(async () => {
  consumer = await installPackage(fileURLToPath(new URL('edge', import.meta.url)))
  const { folder } = consumer
  await build({
    entryPoints: [join(folder, 'worker.ts')],
    outfile: join(folder, 'bundle.js'),
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  const { default: workerd } = createRequire(join(folder, 'package.json'))('workerd') as { default: string }
  edge = spawn(workerd, ['serve', 'workerd.capnp', '--control-fd=1'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // The worker's runtime prints which port it got.
  for await (const line of createInterface(edge.stdout as NodeJS.ReadableStream)) {
    address = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
    break
  }
})
afterAll(() => {
  edge?.kill()
  consumer?.remove()
})
beforeEach(async () => {
  server = await createDemoServer({
    definitions: definitionsOf([flag('checkout_v2', { conditions: [rule('on', inSegment('employees'))] })]),
    memberships: { ana: { segments: ['employees'] } },
  })
})
afterEach(() => server.close())

const ask = async (path: string, over: object = {}) => {
  const { apiUrl } = server
  const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
  const body = JSON.stringify({ sdkKey: 'sdk-key', key: 'ana', urls, ...over })
  return JSON.parse(await (await fetch(address + path, { method: 'POST', body })).text()) as object
}
const asked = () => server.received.map(({ path }) => path).sort()

it('loads what a page brings along, draws by it, and asks for nothing while it draws', async () => {
  const bootstrap = await ask('/load')
  expect(asked()).toEqual(['/memberships/ana', '/splitChanges'])
  server.clearReceived()
  expect(await ask('/render', { bootstrap })).toEqual({ treatment: 'on', html: 'on' })
  expect(await ask('/render', { bootstrap, key: 'bo' })).toEqual({ treatment: 'off', html: 'off' })
  expect(asked()).toEqual([])
})

it('decides for itself where it is told to, and delivers what it recorded', async () => {
  expect(await ask('/decide')).toEqual({ ready: true, treatment: 'on' })
  expect(server.impressions()).toMatchObject([{ key: 'ana', flag: 'checkout_v2', treatment: 'on', label: 'a rule' }])
})
