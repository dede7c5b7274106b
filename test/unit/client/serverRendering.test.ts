import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer, type Fault } from '../../../demo/server/createServer'

// There is neither a document nor a worker scope here, as on a server that renders pages. Each test runs a script that ends when it is done.

let folder: string
let server: DemoServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-server-'))
  await build({
    entryPoints: ['src/index.ts'],
    outfile: join(folder, 'pennon.mjs'),
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  server = await createDemoServer({
    definitions: { ff: { d: [{ name: 'killed', killed: true, defaultTreatment: 'off' }], t: 1 } },
  })
})
afterEach(() => server.close())

interface Outcome {
  status: { ready: boolean; timedOut: boolean }
  treatment: string
  /** pennon's timers once it came to rest, ms, and of these the ones that keep the process alive. */
  left: string
  held: number[]
}

/** The timers that post what was recorded; there is none that asks again. */
const flushes = [60_000, 300_000, 900_000, 1_800_000]

/** A request time-out that ends when the test says so: long enough for a request to arrive is as long as the machine needs. */
const TOLD_TIMEOUT_MS = 700_000

/**
 * Renders once in a process of its own, without `destroy()`, and waits for its end.
 *
 * @param timeout ends the time-outs of `TOLD_TIMEOUT_MS`, and those of the half of it, which a deadline consists of
 */
const render = (settings: object = {}, end = '', timeout?: Promise<unknown>) =>
  new Promise<Outcome & { code: number | null }>((resolve, reject) => {
    const script = `
      const timers = new Map()
      const told = ${!!timeout} && new Promise((resolve) => process.stdin.once('end', resolve).resume())
      const { setTimeout: set, clearTimeout: clear } = globalThis
      globalThis.setTimeout = (run, ms, ...rest) => {
        const end = () => (timers.delete(timer), run(...rest))
        const timer = set(end, ms)
        if ([${TOLD_TIMEOUT_MS}, ${TOLD_TIMEOUT_MS / 2}].includes(ms)) void told.then(() => timers.has(timer) && (clear(timer), end()))
        // Timers of Node's own fetch do not count.
        if (new Error().stack.split('\\n')[2].includes('pennon.mjs')) timers.set(timer, ms)
        return timer
      }
      globalThis.clearTimeout = (timer) => (timers.delete(timer), clear(timer))
      const { createClient } = await import(${JSON.stringify(join(folder, 'pennon.mjs'))})
      const url = ${JSON.stringify(server.apiUrl)}
      const client = createClient({ sdkKey: 'sdk-key', key: 'user-1', logLevel: 'none', readyTimeoutMs: 0,
        urls: { sdk: url, events: url, telemetry: url, auth: url, streaming: url }, ...${JSON.stringify(settings)} })
      const status = await client.whenReady()
      const treatment = client.getTreatment('killed')
      const left = () => String([...timers.values()].sort((a, b) => a - b))
      for (let turn = 0; turn < 100 && left() !== ${JSON.stringify(flushes.join())}; turn++) await new Promise((resolve) => set(resolve, 20))
      const held = [...timers].filter(([timer]) => timer.hasRef()).map(([, ms]) => ms)
      console.log(JSON.stringify({ status, treatment, left: left(), held }))
      ${end}`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
    timeout?.then(
      () => child.stdin.end(),
      (fault: Error) => (child.kill(), reject(fault)),
    )
    let out = ''
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.on('close', (code) => resolve({ code, ...(JSON.parse(out || '{}') as Outcome) }))
  })
const asked = () => server.received.map(({ path }) => path).sort()
const once = ['/memberships/user-1', '/splitChanges']

// Starting processes takes its time on a busy machine.
describe('a server that renders pages', { timeout: 30_000 }, () => {
  it('asks once, and the script ends when it is done', async () => {
    const { code, status, treatment, left, held } = await render()
    expect([code, status.ready, treatment]).toEqual([0, true, 'off'])
    expect([left, held]).toEqual([String(flushes), []])
    expect(asked()).toEqual(once)
  })

  it.each<[string, Fault]>([
    ['status 500', { status: 500 }],
    ['status 429', { status: 429, headers: { 'Retry-After': '1' } }],
    ['status 401', { status: 401 }],
    ['a cut connection', { reset: true }],
    ['an answer that is none', { body: 'no JSON' }],
    ['no answer', { hang: true }],
  ])('%s: not asked again, and nobody waits for what will not come', async (_what, fault) => {
    server.fault('/', fault)
    const { code, status, treatment, left, held } = fault.hang
      ? await render({ requestTimeoutMs: TOLD_TIMEOUT_MS }, '', server.waitFor(2, '/', { timeoutMs: 30_000 }))
      : await render()
    expect([code, status.ready, status.timedOut, treatment]).toEqual([0, false, true, 'control'])
    expect([left, held]).toEqual([String(flushes), []])
    // A proxy may know the older spec only, so that the same request is sent once more in it.
    expect(new Set(asked())).toEqual(new Set(once))
    expect(asked().length).toBeLessThanOrEqual(3)
  })

  it('a fault of the memberships that no flag asks for is none', async () => {
    server.fault('/memberships', { status: 500 })
    expect(await render()).toMatchObject({ code: 0, status: { ready: true, timedOut: false }, treatment: 'off' })
    expect(asked()).toEqual(once)
  })

  it('polls where it is told to, and is waited for', async () => {
    server.fault('/', { status: 500, times: 3 })
    expect(await render({ server: 'poll' }, 'client.destroy()')).toMatchObject({
      code: 0,
      status: { ready: true },
      treatment: 'off',
    })
  })
})
