import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { openUnderPolicy } from '../consumer/openUnderPolicy'
import { can } from './engine'
import { launch } from './launch'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

let browser: Browser
let server: DemoServer
beforeAll(async () => {
  server = await createDemoServer({ definitions: JSON.parse(read('demo/definitions.json')) as object })
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

describe('a page under a strict content security policy', () => {
  const script = () => read('dist/pennon.min.js')
  const integrity = () => (JSON.parse(read('dist/integrity.json')) as Record<string, string>)['pennon.min.js'] ?? ''
  const open = (pennon: string) =>
    openUnderPolicy(browser, server, 'static.html', {
      'static.html': read('test/consumer/shop/static.html').replace('INTEGRITY', integrity()),
      'static.js': read('test/consumer/shop/static.js'),
      'pennon.min.js': pennon,
    })

  it('takes the script tag with the integrity that the package states, decides and delivers', async () => {
    expect(integrity()).toBe(`sha384-${createHash('sha384').update(script()).digest('base64')}`)
    const treatment = expect.stringMatching(/^(compact|photo|story)$/) as string
    expect(await open(script())).toEqual({ shop: { ready: true, treatment }, complaints: [] })
    // The impression was handed over when the page was closed.
    await expect.poll(() => server.impressions()).toMatchObject([{ flag: 'product_card', key: 'ana' }])
  })

  it('refuses a script that was tampered with', async () => {
    const { shop, complaints } = await open(`${script()} `)
    expect(shop).toBeUndefined()
    if (can.console) expect(complaints.join()).toMatch(/integrity/)
  })
})
