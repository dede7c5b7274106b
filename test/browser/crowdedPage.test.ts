import type { Browser, Frame, HTTPRequest } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CROWDS } from './crowd/crowds'
import { attributes, definitions, expected, names } from './crowd/definitions'
import { describeCrowds } from './crowd/describeCrowds'
import { startServer } from './crowd/startServer'
import { launch } from './launch'
import { openProfile } from './openProfile'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }

let browser: Browser
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser?.close())

describeCrowds(CROWDS, () => browser)

describe('a frame with sandbox', () => {
  it('decides and delivers without any storage, and says so once', async () => {
    const server = await startServer()
    server.serve('/frame.html', '<!doctype html><title>frame</title><script src=/dist/pennon.min.js></script>')
    server.serve(
      '/page.html',
      '<!doctype html><title>page</title><iframe sandbox=allow-scripts src=/frame.html></iframe>',
    )
    const context = await openProfile(browser)
    try {
      const page = await context.newPage()
      await page.goto(new URL('/page.html', server.pageUrl).href)
      const frame = page.frames()[1] as Frame
      const seen = await frame.evaluate(
        async (apiUrl, names, attributes) => {
          const lines: string[] = []
          const say = (line: string) => void lines.push(line)
          const client = pennon.createClient({
            sdkKey: 'sdk-key',
            key: 'user-1',
            urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
            logger: { debug() {}, info() {}, warn: say, error: say },
          })
          await client.whenReady()
          const treatments = names.map((name) => client.getTreatment(name, attributes)).join()
          await client.flush()
          client.getTreatment('doomed')
          const { ready, storage } = client.status()
          return { origin, ready, storage, treatments, lines }
        },
        server.apiUrl,
        names,
        attributes,
      )
      expect(seen).toMatchObject({ origin: 'null', ready: true, storage: 'failed', treatments: expected })
      expect(seen.lines).toEqual([expect.stringContaining('storage')])
      expect(server.impressions()).toHaveLength(names.length - 1)
      await page.goto(new URL('/next.html', server.pageUrl).href)
      await expect.poll(() => server.impressions().at(-1)).toMatchObject({ flag: 'doomed', transport: 'beacon' })
    } finally {
      await context.close()
      await server.close()
    }
  })
})

describe('a page whose <base> is of another host', () => {
  it('asks its own host for what is given as a path', async () => {
    const server = await startServer()
    server.serve(
      '/page.html',
      '<!doctype html><base href="http://elsewhere.test/"><title>page</title><script src="' +
        `${server.pageUrl}dist/pennon.min.js"></script>`,
    )
    const context = await openProfile(browser)
    try {
      const page = await context.newPage()
      const asked: string[] = []
      await page.setRequestInterception(true)
      const handle = (request: HTTPRequest) => {
        const { host, pathname, href } = new URL(request.url())
        if (host !== new URL(server.pageUrl).host) {
          asked.push(href)
          return request.abort()
        }
        if (!pathname.startsWith('/flags')) return request.continue()
        asked.push(pathname)
        const answer = pathname.includes('splitChanges') ? definitions : { pushEnabled: false, ms: {}, ls: {} }
        return request.respond({ status: 200, contentType: 'application/json', body: JSON.stringify(answer) })
      }
      page.on('request', (request) => void handle(request).catch(() => undefined))
      await page.goto(new URL('/page.html', server.pageUrl).href)
      const treatment = await page.evaluate(async () => {
        const urls = { sdk: '/flags', auth: '/flags', streaming: '/flags', events: '/flags/', telemetry: '/flags' }
        const client = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls })
        await client.whenReady()
        const found = client.getTreatment('everybody')
        client.getTreatment('silent')
        await client.flush()
        client.getTreatment('killed')
        client.track('clicked', { trafficType: 'user' })
        await client.destroy()
        return found
      })
      expect(treatment).toBe('on')
      expect([...new Set(asked)].sort()).toEqual([
        '/flags/events/bulk',
        '/flags/memberships/user-1',
        '/flags/splitChanges',
        '/flags/testImpressions/bulk',
        '/flags/testImpressions/count',
        '/flags/v1/keys/cs',
        '/flags/v2/auth',
      ])
    } finally {
      await context.close()
      await server.close()
    }
  })
})
