import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Browser } from 'puppeteer-core'
import S3rver from 's3rver'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { can } from '../engine'
import { launch } from '../launch'
import { openToolPage, type ToolPage } from './openToolPage'

interface Batch {
  payload: string
  timestamp: number
  signature?: string
}

/** The statuses by which a server leads elsewhere. A browser that follows makes a GET of a POST after the first of them only. */
const REDIRECTS = [302, 307, 308]

let browser: Browser
let tool: ToolPage
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
afterEach(() => tool.close())

/** What became of the data that was posted, from now on. */
const hearDeliveries = () =>
  tool.page.evaluate(`globalThis.outcomes = []; client.on('delivery', ({ kind, outcome }) => {
    if (kind.startsWith('integration')) outcomes.push(outcome)
  })`)
const outcomes = () => tool.page.evaluate('outcomes') as Promise<string[]>
const leave = () => tool.page.goto(new URL('/next.html', tool.server.pageUrl).href)
const comeBack = async () => {
  await tool.page.goto(new URL('/tool.html', tool.server.pageUrl).href)
  await tool.page.waitForFunction('globalThis.isReady')
}

describe.skipIf(!can.interception)('webhook', () => {
  let receiver: Server
  let origin: string
  let status: number
  let posts: { type: string | undefined; batches: Batch[] }[]
  let elsewhere: number
  beforeEach(async () => {
    posts = []
    status = 200
    elsewhere = 0
    receiver = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        const isElsewhere = request.url === '/login'
        if (isElsewhere) elsewhere++
        else if (status === 200) {
          const body = JSON.parse(text) as Batch | Batch[]
          posts.push({ type: request.headers['content-type'], batches: [body].flat() })
        }
        response.writeHead(isElsewhere ? 200 : status, { 'Access-Control-Allow-Origin': '*', Location: '/login' }).end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  })
  afterEach(() => receiver.close())

  const open = async (options: string, more = '') => {
    tool = await openToolPage(browser, {
      origins: [origin],
      code: `import { webhook } from './dist/integrations/webhook.js'
        const settings = { integrations: [webhook({ url: '${origin}/hook', ${options} })], ${more} }`,
    })
  }
  const flags = () =>
    posts.flatMap(({ batches }) =>
      batches.flatMap(({ payload }) => (JSON.parse(payload) as { flag: string }[]).map(({ flag }) => flag)),
    )
  const isSigned = ({ payload, timestamp, signature }: Batch) =>
    createHmac('sha256', 'a secret').update(`${timestamp}.${payload}`).digest('hex') === signature

  it('posts signed batches as plain text, without key or attributes', async () => {
    await open(`secret: 'a secret'`)
    await tool.decide('checkout', 'search')
    await tool.page.evaluate('client.flush()')
    expect(flags()).toEqual(['checkout', 'search'])
    const [{ type, batches }] = posts as [(typeof posts)[0]]
    expect(type).toBe('text/plain;charset=UTF-8')
    expect(batches.map(isSigned)).toEqual([true])
    expect(batches[0]?.payload).not.toMatch(/user-1|stays here/)
    expect(JSON.parse(batches[0]?.payload ?? '')).toMatchObject([{ treatment: 'on', label: 'a rule' }, {}])
  })

  it('goes by beacon at page hide, signed', async () => {
    // Where a page writes ahead, it may be faster than the signature: what is unsigned waits for the next page, as below.
    await open(`secret: 'a secret', flushMs: 3_600_000`, `persistence: 'none'`)
    await tool.page.evaluate(() => {
      const { sign } = SubtleCrypto.prototype
      SubtleCrypto.prototype.sign = async function (...given: Parameters<typeof sign>) {
        const signature = await sign.apply(this, given)
        setTimeout(() => Object.assign(globalThis, { isSigned: true }))
        return signature
      }
    })
    await tool.decide('checkout')
    await tool.page.waitForFunction('globalThis.isSigned')
    await leave()
    await expect.poll(flags, { timeout: 10_000 }).toEqual(['checkout'])
    expect(posts[0]?.batches.every(isSigned)).toBe(true)
  })

  it('sends what a page left unsigned with the next one, signed there', async () => {
    await open(`secret: 'a secret', flushMs: 3_600_000`)
    // Signing takes longer than this page lives.
    await tool.page.evaluate('crypto.subtle.sign = () => new Promise(() => {})')
    await tool.decide('search')
    await leave()
    expect(flags()).toEqual([])
    await comeBack()
    await expect
      .poll(async () => (await tool.page.evaluate('client.flush()'), flags()), { timeout: 10_000 })
      .toEqual(['search'])
    expect(posts.flatMap(({ batches }) => batches).every(isSigned)).toBe(true)
  })

  it('keeps what a receiver in trouble does not take', async () => {
    await open('')
    status = 503
    await tool.decide('checkout')
    await tool.page.evaluate('client.flush()')
    expect(flags()).toEqual([])
    status = 200
    await tool.page.evaluate('client.flush()')
    expect(flags()).toEqual(['checkout'])
    expect(posts[0]?.batches[0]).not.toHaveProperty('signature')
  })

  it.each(REDIRECTS)(
    'keeps what is redirected with %d to a page that takes anything, with one line',
    async (redirect) => {
      await open('')
      await hearDeliveries()
      status = redirect
      await tool.decide('checkout')
      await tool.page.evaluate('client.flush()')
      await tool.page.evaluate('client.flush()')
      expect([elsewhere, await outcomes()]).toEqual([0, ['kept', 'kept']])
      expect(await tool.logged()).toEqual([
        `pennon: integration webhook: kept, ${origin}/hook redirects posts: set its URL to where it leads`,
      ])
      status = 200
      await tool.page.evaluate('client.flush()')
      expect([flags(), await outcomes()]).toEqual([['checkout'], ['kept', 'kept', 'sent']])
    },
  )
})

describe.skipIf(!can.interception)('amazonS3, against a server that speaks its protocol', () => {
  const bucket = 'flags'
  let directory: string
  let store: S3rver
  let client: S3Client
  let origin: string
  let refusals: number
  /** An address that uploads go to in place of the bucket's. */
  let detour: string
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pennon-s3-'))
    const cors = `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>`
    store = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory,
      configureBuckets: [{ name: bucket, configs: [cors] }],
    })
    const { port } = await store.run()
    origin = `http://127.0.0.1:${port}`
    refusals = 0
    detour = ''
    client = new S3Client({
      endpoint: origin,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    })
  })
  afterEach(async () => {
    client.destroy()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const open = async () => {
    tool = await openToolPage(browser, {
      origins: [origin, detour],
      functions: {
        getUploadUrl: ({ key, contentType }: { key: string; contentType: string }) => {
          if (refusals-- > 0) throw new Error('not now')
          if (detour) return detour
          return getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: contentType }))
        },
      },
      code: `import { amazonS3 } from './dist/integrations/amazonS3.js'
        const settings = { integrations: [amazonS3({
          flushMs: 3_600_000,
          getUploadUrl: ({ key, contentType }) => getUploadUrl({ key, contentType }),
        })] }`,
    })
  }
  const objects = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
        const text = gunzipSync((await Body?.transformToByteArray()) ?? '').toString()
        expect(text.endsWith('\n')).toBe(true)
        return {
          key: Key,
          lines: text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as { flag: string }),
        }
      }),
    )
  }

  it('uploads JSON lines, compressed, with a URL that was really signed', async () => {
    await open()
    const today = () => new Date().toISOString().slice(0, 10).replaceAll('-', '/')
    const before = today()
    await tool.decide('checkout', 'search')
    await tool.page.evaluate('client.flush()')
    const found = await objects()
    expect(found).toHaveLength(1)
    const [, day] = /^impressions\/(.+)\/[\w-]+\.ndjson\.gz$/.exec(found[0]?.key ?? '') ?? []
    // At midnight it may be another day by now.
    expect([before, today()]).toContain(day)
    expect(found[0]?.lines).toMatchObject([
      { flag: 'checkout', treatment: 'on', label: 'a rule' },
      { flag: 'search', treatment: 'on' },
    ])
    expect(JSON.stringify(found)).not.toMatch(/user-1|stays here/)
    expect(await tool.logged()).toEqual([])
  })

  it('keeps at page hide all for the next page, and tries again where no URL could be had', async () => {
    // The page is still there, and posts again after its own pause.
    refusals = Infinity
    await open()
    await tool.decide('checkout')
    await tool.page.evaluate('client.flush()')
    expect(await objects()).toEqual([])
    await leave()
    expect(await objects()).toEqual([])
    refusals = 0
    await comeBack()
    await expect
      .poll(async () => (await tool.page.evaluate('client.flush()'), (await objects()).flatMap(({ lines }) => lines)), {
        timeout: 15_000,
      })
      .toMatchObject([{ flag: 'checkout' }])
  })

  it.each(REDIRECTS)(
    'keeps what is redirected with %d to a page that takes anything, with one line',
    async (redirect) => {
      const uploads: string[] = []
      const other = createServer((request, response) => {
        const headers = {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Methods': 'PUT',
          'Access-Control-Allow-Headers': 'content-type',
          Location: '/login',
        }
        request.resume()
        if (request.method === 'OPTIONS') return response.writeHead(204, headers).end()
        uploads.push(request.url ?? '')
        return response.writeHead(request.url === '/login' ? 200 : redirect, headers).end()
      })
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      try {
        detour = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
        await open()
        await hearDeliveries()
        await tool.decide('checkout')
        await tool.page.evaluate('client.flush()')
        await tool.page.evaluate('client.flush()')
        expect([uploads, await outcomes()]).toEqual([
          ['/', '/'],
          ['kept', 'kept'],
        ])
        expect(await tool.logged()).toEqual([
          'pennon: integration amazonS3: kept, amazonS3 redirects posts: set its URL to where it leads',
        ])
        detour = ''
        await tool.page.evaluate('client.flush()')
        expect((await objects()).flatMap(({ lines }) => lines)).toMatchObject([{ flag: 'checkout' }])
        expect(await outcomes()).toEqual(['kept', 'kept', 'sent'])
      } finally {
        other.close()
      }
    },
  )
})
