import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startDemo } from '../../../demo/server/startDemo'
import { StartError } from '../../../demo/server/StartError'
import { buildIfOlder } from '../../tools/build'
import type { Charts, DemoServer } from '../../../demo/server/types'

const definitions = { ff: { s: -1, t: 300, d: [{ name: 'alpha', changeNumber: 100 }] } }
const auth = { Authorization: 'Bearer a-key' }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-demo-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let server: DemoServer | undefined
afterEach(() => server?.close())

/** The output of the command, and the server that it leaves running. */
async function start(...args: string[]) {
  const out: string[] = []
  const say = (text: string) => void out.push(text)
  server = await startDemo(['--port', '0', '--no-open', ...args], { build: async () => {}, say, complain: say })
  return { out: out.join(''), pageUrl: server?.pageUrl ?? '', apiUrl: server?.apiUrl ?? '' }
}
const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const ask = async (address: string) => (await fetch(address)).json()

it('says the two addresses, and serves its own flags there', async () => {
  const { out, pageUrl, apiUrl } = await start()
  expect(out).toBe(`QA page: ${pageUrl}\nAPI:     ${apiUrl}\n`)
  expect((await fetch(pageUrl)).status).toBe(200)
  const answer = await fetch(`${apiUrl}/splitChanges?s=1.3&since=-1&rbSince=-1`, { headers: auth })
  const { ff } = (await answer.json()) as typeof definitions
  expect(ff.d.map(({ name }) => name)).toContain('checkout_v2')
  const memberships = await (await fetch(`${apiUrl}/memberships/ada`, { headers: auth })).json()
  expect(memberships).toMatchObject({ ms: { k: [{ n: 'employees' }] } })
})

it('fills itself with a week that could be real', async () => {
  const { pageUrl } = await start('--seed', '50')
  const totals = (await ask(`${pageUrl}qa/totals`)) as { impressions: number; counts: number; events: number }
  expect(totals.impressions).toBeGreaterThan(500)
  expect(totals.counts).toBeGreaterThan(0)
  expect(totals.events).toBeGreaterThan(0)
  const { traffic, treatments } = (await ask(`${pageUrl}qa/charts?flag=checkout_v2`)) as Charts
  // The impressions are spread over days, and each key always gets the same treatment.
  const day = 86_400_000
  expect((traffic.at(-1)?.start ?? 0) - (traffic[0]?.start ?? 0)).toBeGreaterThan(4 * day)
  const keys = treatments.reduce((sum, each) => sum + each.keys, 0)
  expect(keys).toBeLessThanOrEqual(50)
})

it('keeps what it received in a file when asked to', async () => {
  const database = join(folder, 'received.db')
  const totals: unknown[] = []
  for (let visit = 0; visit < 2; visit++) {
    const { pageUrl, apiUrl } = await start('--database', database)
    const body = JSON.stringify([{ f: 'f', i: [{ k: 'k', t: 't', m: 1 }] }])
    await fetch(`${apiUrl}/testImpressions/bulk`, { method: 'POST', headers: auth, body })
    totals.push(await ask(`${pageUrl}qa/totals`))
    await server?.close()
  }
  expect(totals).toMatchObject([{ impressions: 1 }, { impressions: 2 }])
})

it.each([
  ['writes edits to the files that it serves', [], true],
  ['leaves the files alone when told so', ['--ephemeral'], false],
])('%s', async (_, options, isWritten) => {
  // Editors on Windows write a byte order mark.
  const development = file('development.json', `\uFEFF${JSON.stringify(definitions)}`)
  const production = file('production.json', JSON.stringify(definitions))
  const before = readFileSync(production, 'utf8')
  const { pageUrl } = await start('--definitions', development, '--production', production, ...options)
  const edit = async (environment: string) => {
    const { status } = await fetch(new URL(`/qa/flags/alpha?environment=${environment}`, pageUrl), {
      method: 'PATCH',
      headers: { origin: new URL(pageUrl).origin, 'content-type': 'application/json' },
      body: '{"killed":true}',
    })
    return status
  }
  expect(await edit('Development')).toBe(200)
  expect(await edit('Elsewhere')).toBe(400)
  const saved = JSON.parse(readFileSync(development, 'utf8').replace('\uFEFF', '')) as typeof definitions
  expect(saved.ff.d[0]).toMatchObject({ name: 'alpha', ...(isWritten && { killed: true }) })
  expect(saved.ff.t > 300).toBe(isWritten)
  expect(readFileSync(production, 'utf8')).toBe(before)
  // No temporary file is left beside the definitions.
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([])
})

it('says in one line what is wrong', async () => {
  const occupied = createServer()
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve))
  const { port } = occupied.address() as AddressInfo
  const cases: [string[], string][] = [
    [['--retention-days', '0'], '--retention-days 0: expected a whole number of days, 1 or more'],
    [['--definitions', 'missing.json'], '--definitions missing.json: no such file'],
    [['--memberships', 'missing.json'], '--memberships missing.json: no such file'],
    [['--definitions', file('bad.json', '{\n"ff": oops\n}')], 'bad.json: not JSON: '],
    [['--definitions', file('other.json', '[]')], 'not a splitChanges answer'],
    [['--definitions', file('noName.json', '{"ff":{"d":[{}],"t":1}}')], 'definition 0 of "ff" has no name'],
    [['--memberships', file('list.json', '[]')], 'memberships: expected'],
    [['--memberships', file('shape.json', '{"ada":{"segments":"employees"}}')], 'the segments of "ada" are not a list'],
    [['--port', String(port)], `port ${port} is in use; choose another with --port`],
    [['--port', String(port - 1)], 'is in use'],
    [['--seed', '0'], '--seed 0: expected a number of users, from 1 to 99999'],
    [['--allow-origin', 'shop.example'], '--allow-origin shop.example: expected an origin, as https://shop.example'],
    [['--port', 'eighty'], '--port eighty: expected a whole number'],
    [['--port', '70000'], '--port 70000: expected a whole number'],
    [['--database', join(folder, 'no', 'such', 'folder.db')], 'folder.db: '],
    [['--bogus'], "Unknown option '--bogus'; --help lists the options"],
    [['stray'], "Unexpected argument 'stray'"],
    [['--port'], "'--port <value>' argument missing"],
  ]
  for (const [args, expected] of cases) {
    const error: unknown = await start(...args).catch((reason: unknown) => reason)
    expect(error, args.join(' ')).toBeInstanceOf(StartError)
    const { message } = error as StartError
    expect(message).toContain(expected)
    expect(message).not.toContain('\n')
  }
  await new Promise((resolve) => occupied.close(resolve))
})

it('explains every option', async () => {
  const { out } = await start('--help')
  expect(server).toBeUndefined()
  for (const option of [
    '--definitions',
    '--memberships',
    '--port',
    '--no-open',
    '--expose-retry-after',
    '--database',
    '--production',
    '--ephemeral',
    '--retention-days',
    '--allow-origin',
    '--seed',
  ]) {
    expect(out).toContain(option)
  }
})

describe('the process', () => {
  // It builds what is older than its sources, which takes longer than a test may.
  beforeAll(buildIfOlder, 120_000)
  const main = fileURLToPath(new URL('../../../demo/server/main', import.meta.url))
  /** Ends the process, as Ctrl+C does, once it has told its addresses. */
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', main, ...args])
      let out = ''
      let err = ''
      child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
      child.stdout.on('data', (chunk: Buffer) => {
        out += String(chunk)
        if (out.split('\n').length === 3) child.kill('SIGINT')
      })
      child.on('close', (code) => resolve({ code, out, err }))
    })

  it('ends cleanly', async () => {
    expect(await run('--port', '0', '--no-open')).toEqual({
      code: 0,
      out: expect.stringMatching(/^QA page: http\S+\nAPI: +http\S+\n$/),
      err: '',
    })
  })

  it('ends with 1 when it could not start', async () => {
    expect(await run('stray')).toEqual({
      code: 1,
      out: '',
      err: "Unexpected argument 'stray'; --help lists the options\n",
    })
  })
})
