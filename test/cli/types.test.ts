import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const typescript = fileURLToPath(new URL('../../node_modules/typescript7/bin/tsc', import.meta.url))

const hostile = [
  "it's",
  '\\',
  'a\nb: any; c',
  '*/ export const x = 1 /*',
  "'; import('node:fs') //",
  '`${process.exit()}`',
  'on\u202Eoff',
  '__proto__',
  'constructor',
  'new',
  'readonly',
  '2026',
  'größe 大 😀',
  '\u2028',
]
const flag = (name: string, more: object = {}) => ({
  name,
  defaultTreatment: 'off',
  conditions: [{ partitions: [{ treatment: 'on', size: 100 }] }],
  ...more,
})
const definitions = {
  ff: {
    s: -1,
    t: 5,
    d: [
      flag('checkout_v2', {
        configurations: { on: '{"color":"red"}', off: '{"color":"grey","size":3}' },
        sets: ['shop'],
      }),
      flag('gone', { status: 'ARCHIVED' }),
      ...hostile.map((name) =>
        flag(name, { defaultTreatment: name, configurations: { on: JSON.stringify({ [name]: name }) } }),
      ),
    ],
  },
}

let folder: string
let server: DemoServer
beforeAll(async () => {
  server = await createDemoServer({ definitions })
})
afterAll(() => server.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  exitCode: number | null
  out: string
  err: string
}

function run(args: string[], { input = '', script = command, env = {} } = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: folder, env: { ...process.env, ...env } })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, out, err }))
    child.stdin.end(input)
  })
}
const fromServer = ['types', '--sdk-key', 'a-key', '--sdk-url']
const save = (name: string, text: string) => writeFileSync(join(folder, name), text)

describe('pennon types', () => {
  it('prints the flags of the service: valid TypeScript, with every name as it is, and nothing besides', async () => {
    const { exitCode, out, err } = await run([...fromServer, server.apiUrl])
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
    const { statements } = ts.createSourceFile('flags.ts', out, ts.ScriptTarget.ES2022)
    expect(statements).toHaveLength(1)
    const members = (statements[0] as ts.InterfaceDeclaration).members.map(
      (member) => (member.name as ts.Identifier).text,
    )
    expect(members.sort()).toEqual(['checkout_v2', ...hostile].sort())

    save('flags.ts', out)
    save(
      'use.ts',
      `import type { Flags } from './flags'
export const config: Flags['checkout_v2']['config'] = { color: 'red' }
export const treatments: Flags['checkout_v2']['treatment'][] = ['on', 'off']
// @ts-expect-error no such treatment
export const wrong: Flags['checkout_v2']['treatment'] = 'onn'
${hostile
  .map((name, index) => {
    const literal = `"${Array.from({ length: name.length }, (_, at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
    return `export const name${index}: Flags[${literal}]['treatment'] = ${literal}`
  })
  .join('\n')}
`,
    )
    expect(await run(['--strict', '--noEmit', '--target', 'es2022', 'use.ts'], { script: typescript })).toEqual({
      exitCode: 0,
      out: '',
      err: '',
    })
  })

  it('asks as the SDK does', async () => {
    server.clearReceived()
    await run(['types', '--sdk-url', server.apiUrl], { env: { PENNON_SDK_KEY: 'from-env' } })
    expect(server.received).toHaveLength(1)
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      path: '/splitChanges',
      headers: { authorization: 'Bearer from-env', accept: 'application/json' },
    })
  })

  it('reads a saved answer, of either spec, from a file and from standard input', async () => {
    const { out } = await run([...fromServer, server.apiUrl])
    save('saved.json', `\uFEFF${JSON.stringify(definitions)}`)
    expect(await run(['types', '--definitions', 'saved.json'])).toEqual({ exitCode: 0, out, err: '' })
    const input = JSON.stringify({ splits: definitions.ff.d, since: -1, till: 5 })
    expect(await run(['types', '--definitions', '-'], { input })).toEqual({ exitCode: 0, out, err: '' })
  })

  it('understands a proxy that knows no rule-based segments', async () => {
    const queries: (string | undefined)[] = []
    const proxy = createServer((request, response) => {
      queries.push(request.url)
      const isKnown = request.url?.includes('s=1.2')
      response.writeHead(isKnown ? 200 : 400).end(isKnown ? '{"splits":[{"name":"a"}],"since":-1,"till":1}' : '')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { out } = await run([...fromServer, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`])
    proxy.close()
    expect(out).toContain("  a: 'control'\n")
    expect(queries).toEqual(['/splitChanges?s=1.3&since=-1&rbSince=-1', '/splitChanges?s=1.2&since=-1'])
  })

  it('writes a file, and says when it is not up to date', async () => {
    const args = [...fromServer, server.apiUrl, '--flag-sets', 'shop', '--name', 'Shop', '--out', 'shop.ts']
    const missing = await run([...args, '--check'])
    expect(missing).toEqual({ exitCode: 1, out: '', err: 'pennon: shop.ts is not up to date\n' })
    expect(await run(args)).toEqual({ exitCode: 0, out: '', err: '' })
    const text = readFileSync(join(folder, 'shop.ts'), 'utf8')
    expect(text).toMatch(/export interface Shop \{\n {2}checkout_v2: \{/)
    expect(text).not.toContain('constructor')
    expect((await run([...args, '--check'])).exitCode).toBe(0)
    save('shop.ts', text.replaceAll('\n', '\r\n'))
    expect((await run([...args, '--check'])).exitCode).toBe(0)
    save('shop.ts', text.replace('color', 'colour'))
    expect((await run([...args, '--check'])).exitCode).toBe(1)
    expect(readFileSync(join(folder, 'shop.ts'), 'utf8')).toContain('colour')
  })

  it('prints its help and version', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ exitCode: 0, err: '' })
    expect(help.out).toContain('Usage: pennon types')
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await run(['--version'])).toEqual({ exitCode: 0, out: `${version}\n`, err: '' })
  })
})

describe('what cannot be done is said in one line, on the standard error', () => {
  const failing = async (...args: string[]) => {
    const { exitCode, out, err } = await run(args)
    expect(out).toBe('')
    return { exitCode, err }
  }

  it('wrong usage', async () => {
    expect(await failing('types')).toEqual({
      exitCode: 2,
      err: 'pennon: --sdk-key or --definitions is missing; pennon --help lists the options\n',
    })
  })

  it('files', async () => {
    const one = (err: string) => ({ exitCode: 1, err: `pennon: ${err}\n` })
    expect(await failing('types', '--definitions', 'none.json')).toEqual(one('none.json: cannot be read (ENOENT)'))
    expect(await failing('types', '--definitions', '.')).toEqual(one('.: cannot be read (EISDIR)'))
    save('text.json', 'flags')
    expect(await failing('types', '--definitions', 'text.json')).toEqual(one('text.json: not JSON'))
    const expected = 'no flag definitions; expected { "ff": { "d": [ … ] } }, as splitChanges answers'
    for (const other of ['null', '[]', '{}', '{"ff":null}', '{"ff":{"d":{}}}']) {
      save('other.json', other)
      expect(await failing('types', '--definitions', 'other.json')).toEqual(one(`other.json: ${expected}`))
    }
    save('good.json', JSON.stringify(definitions))
    expect(await failing('types', '--definitions', 'good.json', '--out', 'no/folder.ts')).toEqual(
      one('no/folder.ts: cannot be written (ENOENT)'),
    )
  })

  it('the service', async () => {
    const { apiUrl } = server
    const asked = async (fault: object, ...more: string[]) => {
      const undo = server.fault('/splitChanges', fault)
      const { exitCode, err } = await failing(...fromServer, apiUrl, ...more)
      undo()
      expect(exitCode).toBe(1)
      return err
    }
    expect(await asked({ status: 401 })).toBe(`pennon: ${apiUrl} answered 401: is the SDK key right?\n`)
    expect(await asked({ status: 500 })).toBe(`pennon: ${apiUrl} answered 500\n`)
    expect(await asked({ status: 200, body: '<html>' })).toBe(`pennon: ${apiUrl}: not JSON\n`)
    expect(await asked({ hang: true }, '--timeout', '0.2')).toBe(`pennon: ${apiUrl}: no answer within 0.2 s\n`)
    expect(await asked({ reset: true })).toMatch(/^pennon: \S+: cannot be reached \(\w+\)\n$/)
  })

  it('configurations that are no JSON, and an empty environment, are no failure', async () => {
    save('text.json', JSON.stringify({ ff: { d: [flag('a', { configurations: { on: 'text' } })] } }))
    const { exitCode, out, err } = await run(['types', '--definitions', 'text.json'])
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "pennon: 'a': the configuration of 'on' is no JSON\n" })
    expect(out).toContain('config: null')
    for (const none of ['{"ff":{"d":[]}}', '{"ff":{"d":null}}']) {
      save('none.json', none)
      expect(await run(['types', '--definitions', 'none.json'])).toMatchObject({
        exitCode: 0,
        err: 'pennon: there are no flags\n',
      })
    }
  })
})
