import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type Axe from 'axe-core'
import type { Browser, Page, Viewport } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from './launch'
import { prefer, showable } from './prefer'

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const definitions = JSON.parse(read('../../demo/definitions.json')) as { ff: { d: { name: string }[] } }
const memberships = JSON.parse(read('../../demo/memberships.json')) as object
const axeSource = read('../../node_modules/axe-core/axe.min.js')

const desktop: Viewport = { width: 1440, height: 900 }
const phone: Viewport = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

let browser: Browser
let server: DemoServer
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

beforeEach(async () => {
  server = await createDemoServer({ definitions, memberships })
  page = await (await browser.createBrowserContext()).newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text())
  })
  await page.setViewport(desktop)
})
afterEach(async () => {
  await page.browserContext().close()
  await server.close()
})

async function open(user: Record<string, string> = {}) {
  await page.goto(`${server.pageUrl}?${new URLSearchParams(user)}`)
  await decided(user['key'] ?? 'user-1')
}

const decided = (key: string) =>
  page.waitForFunction((text) => document.getElementById('status')?.textContent?.endsWith(text), {}, ` for ${key}.`)

/** The cells of a table's rows, as a user reads them. */
const rows = (table: 'flags' | 'tail') =>
  page.$$eval(`#${table} tbody tr`, (found) =>
    found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())),
  )
const flag = async (name: string) => {
  const found = (await rows('flags')).find(([cell]) => cell?.split(/\s/)[0] === name)
  return { treatment: found?.[1], label: found?.[2], config: found?.[3] }
}
const tailRows = (count: number) =>
  page.waitForFunction((n) => document.querySelectorAll('#tail tbody tr').length === n, {}, count)

async function type(field: string, text: string) {
  await page.click(field, { count: 3 })
  await page.keyboard.press('Backspace')
  if (text) await page.type(field, text)
}

const post = (impressions: unknown) =>
  fetch(`${server.apiUrl}/testImpressions/bulk`, {
    method: 'POST',
    headers: { Authorization: 'Bearer a-key', 'Content-Type': 'application/json' },
    body: JSON.stringify(impressions),
  })

describe('flags', () => {
  it('lists every flag with a treatment and a label', async () => {
    await open()
    const table = await rows('flags')
    expect(table.map(([name]) => name?.split(/\s/)[0])).toEqual(definitions.ff.d.map(({ name }) => name).sort())
    for (const [name, treatment, label, , version] of table) {
      expect(treatment, name).toMatch(/^\S+$/)
      expect(label, name).not.toBe('')
      expect(label, name).not.toBe('not available')
      expect(version, name).toMatch(/^2026-\d\d-\d\d \d\d:\d\d$/)
    }
    expect(await flag('legacy_search')).toMatchObject({ treatment: 'off', label: 'killed' })
    expect(await flag('wishlist_beta')).toMatchObject({ treatment: 'on', label: 'whitelisted' })
    expect(await flag('team_accounts')).toMatchObject({ treatment: 'off', label: 'no rule matched' })
    expect(await flag('checkout_v2')).toMatchObject({ label: 'default rule' })
    expect(complaints).toEqual([])
  })

  it('decides for another key, and puts it into the address', async () => {
    await open()
    expect(await flag('staff_toolbar')).toMatchObject({ treatment: 'off' })
    await type('#key', 'ada')
    await page.keyboard.press('Enter')
    await decided('ada')
    expect(await flag('staff_toolbar')).toMatchObject({ treatment: 'on', label: 'in segment employees' })
    expect(new URL(page.url()).searchParams.get('key')).toBe('ada')
  })

  it('goes from user to user', async () => {
    await open({ key: 'user-09' })
    await page.click('#next')
    await decided('user-10')
    expect(await page.$eval('#key', (field) => (field as HTMLInputElement).value)).toBe('user-10')
  })

  it('takes attributes, also from a shared address, and the configuration follows', async () => {
    const attributes = '{ "location": "california" }'
    await open({ key: 'user-5', attributes })
    expect(await page.$eval('#attributes', (field) => (field as HTMLTextAreaElement).value)).toBe(attributes)
    const banner = await flag('california_banner')
    expect(banner).toMatchObject({ treatment: 'on', label: 'user.location in list ["california"]' })
    expect(JSON.parse(banner.config ?? '')).toMatchObject({ colour: 'amber' })
    await type('#attributes', '{ "location": "oregon" }')
    await page.click('#decide')
    await page.waitForFunction(() => !document.getElementById('flags')?.innerText.includes('california"]'))
    expect(await flag('california_banner')).toMatchObject({ treatment: 'off', config: 'none' })
  })

  it('says what is wrong with attributes and key, at the field', async () => {
    await open()
    for (const [text, message] of [
      ['{ oops', 'Not JSON'],
      ['[1]', 'names and values in braces'],
    ] as const) {
      await type('#attributes', text)
      await page.click('#decide')
      expect(await page.$eval('#attributes-error', (error) => error.textContent)).toContain(message)
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('attributes')
      expect(await page.$eval('#attributes', (field) => field.getAttribute('aria-invalid'))).toBe('true')
    }
    await type('#attributes', '')
    await type('#key', '')
    await page.click('#decide')
    expect(await page.$eval('#key-error', (error) => error.textContent)).toContain('A key is needed')
    expect(await page.$eval('#attributes-error', (error) => error.textContent)).toBe('')
  })

  it('filters by name, treatment and label', async () => {
    await open()
    await page.type('#filter', 'KILLED')
    expect((await rows('flags')).map(([name]) => name)).toEqual([expect.stringContaining('legacy_search')])
    expect(await page.$eval('#flags-count', (count) => count.textContent)).toBe(`1 of ${definitions.ff.d.length}`)
    await page.type('#filter', 'zzz')
    expect(await rows('flags')).toEqual([['No flag has this in its name, treatment or label.']])
  })
})

describe('impressions received', () => {
  it('shows every field of an impression', async () => {
    await open({ key: 'ada' })
    await page.click('#send')
    await page.waitForSelector('#tail tbody tr')
    const stored = server.impressions().find((impression) => impression.flag === 'staff_toolbar')
    const heads = await page.$$eval('#tail thead th', (found) => found.map((head) => (head as HTMLElement).innerText))
    const cells = (await rows('tail')).find((row) => row[1] === 'staff_toolbar') ?? []
    const shown = Object.fromEntries(heads.map((head, index) => [head, cells[index]]))
    const { version } = JSON.parse(read('../../package.json')) as { version: string }
    expect(shown).toEqual({
      Received: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/),
      Flag: 'staff_toolbar',
      Treatment: 'on',
      Label: 'in segment employees',
      Key: 'ada',
      Time: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/),
      'Definition version': expect.stringMatching(/^2026-08-03 \d\d:\d\d$/),
      'Traffic type': 'user',
      Environment: 'Development',
      'SDK and version': `pennon-${version}`,
      Transport: 'fetch',
      JSON: '{ }',
    })
    const moments = await page.$$eval('#tail tbody tr', (found) =>
      found
        .filter((row) => row.textContent?.includes('staff_toolbar'))
        .flatMap((row) => [...row.querySelectorAll('time')].map(({ title }) => Number(title))),
    )
    expect(moments).toEqual([stored?.receivedAt, stored?.time, stored?.changeNumber])
    expect(complaints).toEqual([])
  })

  it('shows the newest first, at most 200 of them, and stands still while paused', async () => {
    await open()
    const batch = (from: number, count: number) => [
      {
        f: 'burst',
        i: Array.from({ length: count }, (_, n) => ({ k: `k${from + n}`, t: 'on', m: 1_700_000_000_000 })),
      },
    ]
    await post(batch(0, 150))
    await tailRows(150)
    await post(batch(150, 150))
    await tailRows(200)
    expect((await rows('tail'))[0]).toContain('k299')
    expect((await rows('tail')).at(-1)).toContain('k100')
    // Without a label or a version it says so; a time of another day has its date.
    const [first] = await rows('tail')
    expect(first?.filter((cell) => cell === 'not available')).toHaveLength(3)
    expect(first?.[5]).toMatch(/^2023-11-1[45] /)

    await page.click('#pause')
    expect(await page.$eval('#pause', (button) => button.getAttribute('aria-pressed'))).toBe('true')
    await post(batch(300, 1))
    await page.waitForFunction(() => document.getElementById('tail-count')?.textContent === '301')
    expect((await rows('tail'))[0]).toContain('k299')
    await page.click('#pause')
    await page.waitForFunction(() => document.querySelector('#tail tbody tr')?.textContent?.includes('k300'))
  })

  it('begins anew when the server was started again', async () => {
    await open()
    const send = (key: string) => post([{ f: 'restart', i: [{ k: key, t: 'on', m: 1 }] }])
    await send('before')
    await send('before')
    await tailRows(2)
    const ports = { port: Number(new URL(server.pageUrl).port), apiPort: Number(new URL(server.apiUrl).port) }
    await server.close()
    server = await createDemoServer({ definitions, memberships, ...ports })
    await send('after')
    await tailRows(1)
    expect((await rows('tail'))[0]).toContain('after')
  })

  it('shows what anybody may send as text', async () => {
    const hostile = '<img src=x onerror="document.title = 1"><script>document.title = 2</script>'
    server.setDefinitions({ ff: { d: [...definitions.ff.d, { name: hostile, killed: true, changeNumber: 1 }] } })
    await open({ key: hostile.slice(0, 40) })
    await post([{ f: hostile, i: [{ k: hostile, t: hostile, r: hostile, m: 1 }] }])
    await page.waitForFunction((text) => document.getElementById('tail')?.innerText.includes(text), {}, hostile)
    expect(await page.$eval('#flags', (table) => table.textContent)).toContain(hostile)
    expect(await page.$$('img, table script')).toEqual([])
    expect(await page.title()).toBe('pennon QA')
  })

  it('shows on the next page what beacons brought when this one was left, and leads back', async () => {
    await open({ key: 'grace' })
    await Promise.all([page.waitForNavigation(), page.click('#leave')])
    await page.waitForFunction(() =>
      /^\d+ impressions? arrived/.test(document.getElementById('status')?.textContent ?? ''),
    )
    const beacons = await server.waitFor(1, '/testImpressions/beacon')
    expect(beacons[0]?.transport).toBe('beacon')
    const stored = server.impressions()
    expect(stored.length).toBeGreaterThan(5)
    expect(stored.every(({ transport, label }) => transport === 'beacon' && label)).toBe(true)
    await tailRows(stored.length)
    expect(await page.$eval('#status', (status) => status.textContent)).toBe(
      `${stored.length} impressions arrived, ${stored.length} by beacon.`,
    )
    await Promise.all([page.waitForNavigation(), page.click('#back')])
    await decided('grace')
    expect(complaints).toEqual([])
  })

  it('says on the next page when nothing was waiting', async () => {
    await open()
    await page.click('#send')
    await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Sent'))
    await Promise.all([page.waitForNavigation(), page.click('#leave')])
    await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('No impression was'))
    expect(await rows('tail')).toEqual([])
  })
})

describe('accessibility', () => {
  const audit = async () => {
    await page.evaluate(axeSource)
    return page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof Axe }
      const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
      const { violations } = await axe.run(document, { runOnly: tags })
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    })
  }

  it.each(
    showable([
      ['light', 'desktop', desktop],
      ['dark', 'desktop', desktop],
      ['light', 'phone', phone],
      ['dark', 'phone', phone],
    ] as const),
  )('axe finds nothing: %s, %s', async (scheme, _, viewport) => {
    await prefer(page, scheme)
    await page.setViewport(viewport)
    await open({ key: 'user-1', bucketingKey: 'b' })
    await post([{ f: 'gone', i: [{ k: 'ada', t: 'control', m: 1, b: 'other' }] }])
    await page.click('#send')
    await page.waitForSelector('#tail tbody tr')
    await page.click('#pause')
    await type('#attributes', '{')
    await page.click('#decide')
    expect(await audit()).toEqual([])
    // Nothing but the tables may be wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await Promise.all([page.waitForNavigation(), page.click('#leave')])
    await page.waitForSelector('#arrived-title')
    expect(await audit()).toEqual([])
  })

  it('can be worked with the keyboard alone', async () => {
    await open({ flag: 'legacy_search' })
    await page.focus('#key')
    const stops: (string | undefined)[] = []
    for (let step = 0; step < 13; step++) {
      stops.push(
        await page.evaluate(
          () => document.activeElement?.id || document.activeElement?.getAttribute('aria-label') || '',
        ),
      )
      await page.keyboard.press('Tab')
    }
    expect(stops).toEqual([
      'key',
      'bucketing-key',
      'attributes',
      'decide',
      'next',
      'filter',
      'Table of flags',
      'Why legacy_search',
      'Rows of legacy_search',
      'send',
      'pause',
      'leave',
      'Table of impressions',
    ])
  })
})
