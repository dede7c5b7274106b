import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type Axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { createClient as CreateClient } from '../../src/client/createClient'
import type { Client } from '../../src/client/types/client'
import type * as Devtools from '../../src/devtools/devtools'
import { definitionsOf, flag, isComplete, inSegment, openSite, rule, shiftClock, type Site } from './site'
import { can } from './engine'
import { launch } from './launch'
import { named } from './named'
import { prefer } from './prefer'

// The scripts of the page see these globals.
declare const client: Client
declare const mountDevtools: typeof Devtools.mountDevtools
declare const createClient: typeof CreateClient

const axeSource = readFileSync(
  fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)),
  'utf8',
)
const hostile = '<img src=x onerror="document.title=1"><b>bold</b>'

const everybody = { matcherType: 'ALL_KEYS' }
const plan = {
  matcherType: 'WHITELIST',
  keySelector: { trafficType: 'user', attribute: 'plan' },
  whitelistMatcherData: { whitelist: ['pro'] },
}
const definitions = definitionsOf([
  flag('plain'),
  flag('two_rules', {
    conditions: [
      rule('vip', inSegment('employees')),
      {
        ...rule('on', plan),
        label: 'pro users',
        partitions: [
          { treatment: 'on', size: 60 },
          { treatment: 'off', size: 40 },
        ],
      },
      rule('off', everybody),
    ],
    configurations: { on: '{"colour":"red"}', off: 'plain words' },
  }),
  flag('is_killed', { killed: true }),
  flag('no_match', { conditions: [rule('on', plan)] }),
  flag('gated', { trafficAllocation: 0 }),
  flag('needs_killed', { prerequisites: [{ n: 'is_killed', ts: ['on'] }] }),
  flag('unsupported', { conditions: [rule('on', { matcherType: 'FROM_THE_FUTURE' })] }),
  flag('broken', { conditions: [{ ...rule('on', everybody), partitions: [{ treatment: 'on', size: 7 }] }] }),
  flag(hostile, { defaultTreatment: 'off', killed: true, configurations: { off: hostile } }),
])

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ bfcache: false })
})
afterAll(() => browser.close())
afterEach(() => site.close())

async function open(settings: object = {}, options?: Devtools.DevtoolsOptions, answers: object = definitions) {
  site = await openSite(browser, { definitions: answers })
  const page = await site.open({ streaming: false, ...settings })
  // The panel explains by the second file.
  await isComplete(page)
  await mountIn(page, options)
  return page
}
/** The script is a text, so that the test runner does not change its imports. */
const load = (page: Page, name: string) =>
  page.evaluate(`import('/dist/${name}.js').then((module) => void Object.assign(globalThis, module))`)
async function mountIn(page: Page, options: Devtools.DevtoolsOptions = {}) {
  await load(page, 'devtools')
  await page.evaluate((given) => void mountDevtools(client, given), options)
}
const inPanel = (selector: string) => `pennon-devtools >>> ${selector}`
const press = (page: Page, name: string) => page.locator(named(name)).click()
const tab = (page: Page, name: string) => page.locator(named(name, 'tab')).click()
const text = (page: Page, selector: string) =>
  page.$eval(inPanel(selector), (found) => (found as HTMLElement).innerText.replace(/\s+/g, ' ').trim())
const texts = (page: Page, selector: string) =>
  page.$$eval(inPanel(selector), (found) => found.map((one) => (one as HTMLElement).innerText.trim()))
const says = (page: Page, selector: string, wanted: string) =>
  expect.poll(() => text(page, selector).catch(() => ''), { timeout: 10_000 }).toContain(wanted)
/** Chooses a flag as a person does: searches for it, then clicks its row. */
async function explain(page: Page, name: string) {
  const field = await page.waitForSelector(inPanel('#flag-search'))
  await field?.click({ count: 3 })
  await field?.type(name)
  await page.locator(inPanel(`.flags .row`)).click()
  await says(page, '.detail h3', name)
}
const focused = (page: Page) =>
  page.evaluate(() => {
    const inner = document.activeElement?.shadowRoot?.activeElement
    return inner
      ? inner.getAttribute('aria-label') ||
          inner.getAttribute('data-id') ||
          (inner.role !== 'tab' && inner.id) ||
          inner.textContent
      : ''
  })
/** The faults that axe finds in the panel, at both widths and in both colour schemes, and elements that are wider than the page. */
async function audit(page: Page) {
  const found: string[] = []
  for (const width of [1280, 320]) {
    await page.setViewport({ width, height: 720 })
    found.push(...(await violations(page)).map((violation) => `${width} px: ${violation}`))
    const wide = await page.$$eval('pennon-devtools', ([panel]) => {
      const parts = [...(panel?.shadowRoot?.querySelectorAll('.panel *') ?? [])]
      const cut = parts.filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      return [
        // A text that is longer than its cell is cut there.
        ...cut.filter((one) => !one.closest('.tabs, .heads, .row > span')).map(({ className }) => className),
        ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
      ]
    })
    found.push(...wide.map((name) => `${width} px: ${name} is too wide`))
    if (!can.media) continue
    // In the dark scheme only the colours differ.
    await prefer(page, 'dark')
    found.push(...(await violations(page, ['color-contrast'])).map((violation) => `dark: ${violation}`))
    await prefer(page, 'light')
  }
  return found
}
/** @param rules of axe. @default all rules about accessibility */
async function violations(page: Page, rules?: string[]) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  return page.evaluate(async (named) => {
    const { axe } = window as unknown as { axe: typeof Axe }
    const { violations } = await axe.run('pennon-devtools', {
      runOnly: named ?? ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }, rules)
}

describe('a decision', () => {
  it('is explained rule by rule, with its buckets and its configuration, and makes no impression', async () => {
    const page = await open({ attributes: { plan: 'pro' } })
    await site.ready(page)
    await press(page, 'pennon devtools')
    await explain(page, 'two_rules')
    expect(await texts(page, '.rule-head')).toEqual([
      expect.stringMatching(/Rule 1\s+did not match/),
      expect.stringMatching(/Rule 2\s+matched/),
      expect.stringMatching(/Rule 3\s+not reached/),
    ])
    expect(await text(page, '.rule:nth-child(1)')).toContain('in segment employees no member: "user-1"')
    expect(await text(page, '.rule:nth-child(2)')).toContain('user.plan in list ["pro"] plan is "pro"')
    const { bucket, treatment, config } = await page.evaluate(() => client.explain('two_rules')!)
    expect(await page.$eval(inPanel('.rule.match .bar'), (bar) => bar.getAttribute('aria-label'))).toBe(
      `Bucket ${bucket} of 100. on 1–60, off 61–100`,
    )
    const [marker, bar] = await Promise.all(
      ['.marker', '.bar'].map((one) =>
        page.$eval(inPanel(`.rule.match ${one}`), (it) => it.getBoundingClientRect().toJSON() as DOMRect),
      ),
    )
    const at = ((marker!.x + marker!.width / 2 - bar!.x) / bar!.width) * 100
    expect(Math.ceil(at)).toBe(bucket)
    expect(await text(page, '.verdict')).toContain(`${treatment} pro users Rule 2 matched`)
    expect((await text(page, 'pre')).replace(/\s/g, '')).toBe(config?.replace(/\s/g, ''))
    await page.evaluate(() => client.flush())
    expect(site.server.impressions()).toEqual([])
    expect(site.server.counts()).toEqual([])
  })

  it('says what each label means', async () => {
    const page = await open({}, { inline: true })
    await site.ready(page)
    for (const [name, label, words] of [
      ['is_killed', 'killed', 'The flag is killed'],
      ['no_match', 'no rule matched', 'No targeting rule matched'],
      ['gated', 'not in split', 'outside the traffic allocation'],
      ['needs_killed', 'prerequisites not met', 'is_killed must be on; for this key it is off'],
      ['unsupported', 'targeting rule type unsupported by sdk', 'something that this version of the SDK does not know'],
      ['broken', 'exception', 'The definition is broken'],
    ] as const) {
      await explain(page, name)
      expect(await text(page, '.verdict .label'), name).toBe(label)
      expect(await text(page, '.detail'), name).toContain(words)
    }
  })

  it('without a definition, without any, archived, replaced by a fallback', async () => {
    const page = await open({ fallbackTreatments: { byFlag: { broken: 'safe' } } }, { inline: true })
    await site.ready(page)
    await page.evaluate(() => client.getTreatment('nobody_knows'))
    await explain(page, 'nobody_knows')
    expect(await text(page, '.verdict')).toContain('definition not found The environment has no flag of this name')
    await explain(page, 'broken')
    expect(await text(page, '.verdict')).toContain('safe fallback - exception')
    expect(await text(page, '.verdict')).toContain("The application's fallback treatment safe takes the place")
    await site.close()

    const archived = { splitChanges: definitionsOf([flag('old', { status: 'ARCHIVED' })]) }
    const other = await open(
      { bootstrap: archived, urls: { sdk: 'http://127.0.0.1:1/api' }, persistence: 'none' },
      { inline: true },
    )
    await other.evaluate(() => client.getTreatment('old'))
    await explain(other, 'old')
    expect(await text(other, '.verdict')).toMatch(/definition not found .* archived/)
    await site.close()

    const early = await open({ urls: { sdk: 'http://127.0.0.1:1/api' }, persistence: 'none' }, { inline: true })
    await says(early, '.empty', 'No definitions have arrived yet')
    await early.evaluate(() => client.getTreatment('plain'))
    await explain(early, 'plain')
    expect(await text(early, '.verdict')).toContain('not ready No definitions have arrived yet')
  })

  it('follows attributes that are typed, and says when they are none', async () => {
    const page = await open({}, { inline: true })
    await site.ready(page)
    await explain(page, 'no_match')
    await page.locator(inPanel('#flag-attributes')).click()
    await page.keyboard.type('{ "plan": ')
    await says(page, '#flag-attributes-error', 'Attributes are JSON')
    await page.keyboard.type('"pro" }')
    await says(page, '.verdict .label', 'a rule')
    expect(await text(page, '#flag-attributes-error').catch(() => '')).toBe('')
  })

  it('follows a change of its definition', async () => {
    const page = await open({ definitionsRefreshMs: 1_000 }, { inline: true })
    await site.ready(page)
    await explain(page, 'plain')
    site.server.setDefinitions(definitionsOf([flag('plain', { killed: true, changeNumber: 300 })], 300))
    await says(page, '.verdict .label', 'killed')
    await says(page, '.flags .row .label', 'killed')
  })
})

describe('impressions', () => {
  it('appear as they are made, and say what became of each', async () => {
    const page = await open({ attributes: { plan: 'pro' } }, { open: true })
    await site.ready(page)
    await tab(page, 'Impressions')
    await says(page, '.impressions .empty', 'None since this panel listens')
    await page.evaluate(() => ['plain', 'plain', 'is_killed'].map((name) => client.getTreatment(name)))
    await expect.poll(() => texts(page, '.impressions .row .fate')).toEqual(['queued', 'deduplicated', 'queued'])
    await press(page, 'Send now')
    await expect
      .poll(() => texts(page, '.impressions .row .fate'), { timeout: 10_000 })
      .toEqual(['sent, fetch 200', 'deduplicated, sent, fetch 200', 'sent, fetch 200'])
    await tab(page, 'Deliveries')
    const rows = await texts(page, '.deliveries .row')
    expect(rows.join(' ').replace(/\s+/g, ' ')).toMatch(/2 impressions sent, 200 fetch manual/)

    await tab(page, 'Impressions')
    await page.locator(inPanel('.impressions .row')).click()
    await says(page, '.view:not([hidden]) .detail', 'It was sent by fetch 200 (manual).')
    await press(page, 'Explain with these attributes')
    await says(page, '.view:not([hidden]) .detail h3', 'is_killed')
    const field = () => page.$eval(inPanel('#flag-attributes'), (field) => (field as HTMLInputElement).value)
    expect(await field()).toBe('{"plan":"pro"}')
    await page.keyboard.press('Escape')
    expect(await field()).toBe('')
  })

  it('are explained without what the application has bound since', async () => {
    const page = await open({}, { open: true })
    await site.ready(page)
    await tab(page, 'Impressions')
    await page.evaluate(() => {
      client.getTreatment('no_match')
      client.setAttribute('plan', 'pro')
    })
    await page.locator(inPanel('.impressions .row')).click()
    await press(page, 'Explain with these attributes')
    await says(page, '.view:not([hidden]) .detail h3', 'no_match')
    await says(page, '.view:not([hidden]) .verdict .label', 'no rule matched')
    expect(await page.$eval(inPanel('#flag-attributes'), (field) => (field as HTMLInputElement).value)).toBe('')
  })

  it('say what the service refused, what is kept, and what another page had sent', async () => {
    site = await openSite(browser, { definitions })
    const page = await site.context.newPage()
    await shiftClock(page)
    await site.open({ streaming: false }, { into: page })
    await site.ready(page)
    await mountIn(page, { open: true })
    await tab(page, 'Impressions')
    const recover = site.server.fault('/testImpressions/bulk', { status: 500 })
    await page.evaluate(() => client.getTreatment('plain'))
    await press(page, 'Send now')
    await says(page, '.impressions .row .fate', 'kept')
    recover()
    await press(page, 'Send now')
    await says(page, '.impressions .row .fate', 'sent, fetch 200')

    const next = await site.open({ streaming: false }, { into: page })
    await site.ready(next)
    await mountIn(next, { open: true })
    await next.evaluate(() => client.getTreatment('plain'))
    await tab(next, 'Impressions')
    await says(next, '.impressions .row .fate', 'deduplicated')
  })

  it('stay bounded and drawn once a frame at thousands of them', async () => {
    const page = await open({ impressionsMode: 'DEBUG' }, { open: true })
    await site.ready(page)
    await tab(page, 'Impressions')
    await page.evaluate(async () => {
      for (let burst = 0; burst < 50; burst++) {
        for (let n = 0; n < 100; n++) client.getTreatment('plain')
        await new Promise(requestAnimationFrame)
      }
    })
    await says(page, '.view:not([hidden]) .count', '5000 impressions, the last 1000 kept')
    expect(await page.$eval(inPanel('.impressions .table'), (table) => table.getAttribute('aria-rowcount'))).toBe(
      '1001',
    )
    expect((await page.$$(inPanel('.impressions .row'))).length).toBeLessThan(40)
  })
})

describe('overrides', () => {
  it('are set, shown, carried by a link and taken back', async () => {
    const page = await open({ allowOverrides: true }, { open: true })
    await site.ready(page)
    await tab(page, 'Overrides')
    await page.locator(inPanel('#override-flag')).click()
    await page.keyboard.type('plain')
    await page.keyboard.press('Tab')
    await page.keyboard.type('<b>')
    await page.keyboard.press('Enter')
    await says(page, '#override-error', 'A treatment is 1 to 100 letters')
    await page.locator(inPanel('#override-treatment')).fill('blue')
    await page.keyboard.press('Enter')
    await says(page, '.overrides', 'plain')
    expect(await page.evaluate(() => client.getTreatment('plain'))).toBe('blue')
    const href = await page.$eval(inPanel('#override-link'), (field) => (field as HTMLInputElement).value)
    expect(new URL(href).searchParams.get('pennon')).toBe('plain:blue')

    await tab(page, 'Flags')
    await explain(page, 'plain')
    expect(await text(page, '.verdict')).toContain('blue override The treatment was set on this page')
    await press(page, 'Take back')
    await says(page, '.verdict .label', 'a rule')
    expect(await page.evaluate(() => client.getTreatment('plain'))).toBe('on')
  })

  it('say how to allow them where they are off', async () => {
    const page = await open({}, { open: true })
    await tab(page, 'Overrides')
    await says(page, '.view:not([hidden])', 'allowOverrides: true')
  })
})

describe('the panel', () => {
  it('does nothing while it is closed', async () => {
    const page = await open()
    await site.ready(page)
    const before = await page.evaluate(() => {
      const seen = { frames: 0, timers: 0, listeners: 0 }
      const count = (name: 'requestAnimationFrame' | 'setInterval', member: 'frames' | 'timers') => {
        const real = globalThis[name] as (...given: unknown[]) => number
        Object.assign(globalThis, {
          [name]: (...given: unknown[]) => {
            seen[member]++
            return real(...given)
          },
        })
      }
      count('requestAnimationFrame', 'frames')
      count('setInterval', 'timers')
      const on = client.on.bind(client)
      client.on = ((...given: Parameters<typeof on>) => {
        seen.listeners++
        const off = on(...given)
        return () => {
          seen.listeners--
          off()
        }
      }) as typeof on
      Object.assign(globalThis, { seen })
      client.getTreatment('plain')
      return { ...seen }
    })
    expect(before).toEqual({ frames: 0, timers: 0, listeners: 0 })
    await press(page, 'pennon devtools')
    await says(page, '.flags .body', 'broken')
    const during = await page.evaluate(() => ({ ...(globalThis as unknown as { seen: object }).seen }))
    expect(during).toMatchObject({ timers: 1, listeners: 6 })
    await press(page, 'Close pennon devtools')
    expect(await page.evaluate(() => (globalThis as unknown as { seen: object }).seen)).toMatchObject({ listeners: 0 })
    expect(await page.$(inPanel('.panel'))).toBeNull()
  })

  it('shows what anybody may send as text', async () => {
    const page = await open({ attributes: { plan: hostile } }, { inline: true })
    await site.ready(page)
    await explain(page, '<img')
    expect(await text(page, '.detail h3')).toBe(hostile)
    expect(await text(page, 'pre')).toBe(hostile)
    await page.evaluate((name) => client.getTreatment(name), hostile)
    await tab(page, 'Impressions')
    await says(page, '.impressions .row .name', hostile)
    expect(await page.$$(inPanel('img'))).toEqual([])
    expect(await page.$$(inPanel('b'))).toEqual([])
    expect(await page.title()).toBe('site')
  })

  it('works under a strict policy, and neither takes nor gives style', async () => {
    site = await openSite(browser, { definitions })
    const api = new URL(site.server.apiUrl).origin
    const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src ${api}`
    site.server.serve(
      '/strict.html',
      '<!doctype html><title>strict</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/strict.css"><p>text</p>',
      { 'content-security-policy': `${policy}; require-trusted-types-for 'script'; trusted-types 'none'` },
    )
    site.server.serve('/strict.css', '* { color: rgb(1, 2, 3) !important; font-size: 40px }')
    const page = await site.context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(site.address('/strict.html'))
    const before = await page.$eval('p', (it) => JSON.stringify({ ...getComputedStyle(it) }))
    await load(page, 'index')
    await load(page, 'devtools')
    await page.evaluate(async (url) => {
      const made = createClient({
        sdkKey: 'k',
        key: 'u',
        streaming: false,
        urls: { sdk: url, events: url, telemetry: url },
      })
      await made.whenReady()
      mountDevtools(made, { open: true })
    }, site.server.apiUrl)
    await says(page, '.flags .body', 'broken')
    expect(complaints).toEqual([])
    expect(await page.$eval('p', (it) => JSON.stringify({ ...getComputedStyle(it) }))).toBe(before)
    expect(await page.$eval(inPanel('.row .label'), (it) => getComputedStyle(it).fontSize)).toBe('13px')
  })

  it('says in the status what the service refuses', async () => {
    site = await openSite(browser, { definitions })
    site.server.fault('/splitChanges', { status: 401 })
    const page = await site.open({ streaming: false })
    await mountIn(page, { open: true })
    await tab(page, 'Status')
    await says(page, '.status', 'definitions (status 401), again in')
  })

  it('is worked with the keyboard alone, and keeps the focus over what happens', async () => {
    const page = await open({ definitionsRefreshMs: 1_000 })
    await site.ready(page)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await says(page, '.flags .body', 'broken')
    expect(await focused(page)).toBe('Flags')
    await page.keyboard.press('ArrowLeft')
    expect(await focused(page)).toBe('Status')
    await says(page, '.status', 'ready')
    await page.keyboard.press('Home')
    expect(await focused(page)).toBe('Flags')
    for (const stop of ['Close pennon devtools', 'flag-search', 'flag-show', 'flag-attributes', hostile]) {
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe(stop)
    }
    await page.keyboard.press('End')
    expect(await focused(page)).toBe('unsupported')
    await page.keyboard.press('ArrowUp')
    expect(await focused(page)).toBe('two_rules')
    site.server.setDefinitions(definitionsOf([flag('aaa', { changeNumber: 300 }), ...definitions.ff.d], 300))
    await says(page, '.count', '10 flags')
    expect(await focused(page)).toBe('two_rules')
    await page.keyboard.press('Enter')
    expect(await focused(page)).toBe('two_rules')
    await says(page, '.detail h3', 'two_rules')
    await page.keyboard.press('Escape')
    expect(await page.$eval(inPanel('.detail'), (it) => (it as HTMLElement).hidden)).toBe(true)
    expect(await focused(page)).toBe('two_rules')
    await page.keyboard.press('Escape')
    expect(await page.$(inPanel('.panel'))).toBeNull()
    expect(await focused(page)).toContain('pennon')
  })

  it('axe finds nothing in any view', async () => {
    const page = await open({ allowOverrides: true, attributes: { plan: 'pro' } })
    await site.ready(page)
    expect(await audit(page)).toEqual([])
    await press(page, 'pennon devtools')
    await page.evaluate(() => {
      client.overrides?.set('plain', 'blue')
      for (const name of ['plain', 'two_rules', 'two_rules', 'gone']) client.getTreatment(name)
      return client.flush()
    })
    await says(page, '.flags .body', 'broken')
    expect(await audit(page)).toEqual([])
    await explain(page, 'two_rules')
    expect(await audit(page)).toEqual([])
    for (const name of ['Impressions', 'Deliveries', 'Overrides', 'Status']) {
      await tab(page, name)
      await says(page, '[role="tab"][aria-selected="true"]', name)
      expect(await audit(page)).toEqual([])
    }
    await tab(page, 'Impressions')
    await page.locator(inPanel('.impressions .row')).click()
    expect(await audit(page)).toEqual([])
  })
})
