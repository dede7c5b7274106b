import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compileFunction } from 'node:vm'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { blocksOf } from './compileBlocks'

const file = 'docs/server-rendering.md'
const example = blocksOf(file, readFileSync(file, 'utf8')).find(({ code }) => code.includes('function keepingFetch'))
const { code } = transformSync(example?.code.replaceAll(/^import .*$|^export /gm, '') ?? '', { loader: 'ts' })
const makeFetch = compileFunction(`${code}\nreturn keepingFetch`, ['loadBootstrap', 'fetch']) as (
  ...given: unknown[]
) => (url: string, init: RequestInit) => Promise<Response>

let server: Server
let asked: number
let isDown = false
let status: number
beforeAll(async () => {
  server = createServer((request, response) => {
    asked++
    if (isDown) request.socket.destroy()
    else response.writeHead(status).end('{"ff":{"d":[],"t":1}}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
beforeEach(() => {
  asked = 0
  isDown = false
  status = 200
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

// The example is run here, as it stands.
describe('the fetch in docs/server-rendering.md', () => {
  const ask = async (keepingFetch: ReturnType<typeof makeFetch>, path = '/splitChanges') => {
    const { port } = server.address() as AddressInfo
    const answer = await keepingFetch(`http://127.0.0.1:${port}${path}`, {})
    const { ff } = (await answer.json()) as { ff: object }
    return answer.ok && ff
  }

  it('asks once for the definitions of all users', async () => {
    const keepingFetch = makeFetch(undefined, fetch)
    for (let n = 0; n < 3; n++) expect(await ask(keepingFetch)).toEqual({ d: [], t: 1 })
    expect(asked).toBe(1)
  })

  it('keeps no memberships', async () => {
    const keepingFetch = makeFetch(undefined, fetch)
    for (let n = 0; n < 2; n++) await ask(keepingFetch, '/memberships/ana')
    expect(asked).toBe(2)
  })

  it('keeps no failure', async () => {
    const keepingFetch = makeFetch(undefined, fetch)
    isDown = true
    await expect(ask(keepingFetch)).rejects.toThrow()
    isDown = false
    status = 500
    expect(await ask(keepingFetch)).toBe(false)
    status = 200
    expect(await ask(keepingFetch)).toEqual({ d: [], t: 1 })
  })
})
