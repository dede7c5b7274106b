import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDatabase } from '../../demo/server/createDatabase'
import { seedWeek } from '../../demo/server/seedWeek'
import { can } from './engine'
import { launch } from './launch'
import { openQa, type Qa } from './openQa'
import { showOn } from './showOn'

/** A name that is as long as names get in practice, without a place to break. */
const longName = (start: string) => start.padEnd(80, 'x')
const rows = 105_000

let folder: string
let browser: Browser
let qa: Qa
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-layout-'))
  const database = join(folder, 'received.db')
  fill(database)
  browser = await launch({ bfcache: false })
  const long = {
    name: longName('flag_'),
    changeNumber: 5,
    trafficTypeName: 'user',
    impressionsDisabled: true,
    defaultTreatment: longName('treatment_'),
    configurations: { [longName('treatment_')]: JSON.stringify({ text: 'x'.repeat(200) }) },
    conditions: [
      {
        conditionType: 'ROLLOUT',
        label: longName('label_'),
        partitions: [{ treatment: longName('treatment_'), size: 100 }],
        matcherGroup: { matchers: [{ matcherType: 'ALL_KEYS', negate: false }] },
      },
    ],
  }
  qa = await openQa(browser, { definitions: { ff: { d: [long], t: 5 } }, database })
  const headers = { Authorization: `Bearer ${qa.server.sdkKey}`, SplitSDKVersion: longName('sdk-') }
  const post = async (path: string, body: unknown) => {
    const { status } = await fetch(qa.server.apiUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(status).toBe(200)
  }
  // More flags than are in sight without scrolling.
  const others = Array.from({ length: 12 }, (_, n) => ({ f: `z_${n}`, m: 0, rc: 1 }))
  await post('/testImpressions/count', { pf: [{ f: longName('flag_'), m: 0, rc: 987_654 }, ...others] })
  const event = {
    key: longName('key_'),
    trafficTypeName: 'user',
    eventTypeId: longName('event_'),
    timestamp: Date.now(),
  }
  await post('/events/bulk', [{ ...event, value: 123_456.78, properties: { text: longName('property_') } }])
})
afterAll(async () => {
  await qa.close()
  await browser.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  qa.complaints.length = 0
})

/** Stores so many impressions that numbers have six digits wherever one is shown. SQL makes them: to receive each takes much longer. */
function fill(file: string) {
  // Opening the database once creates its tables.
  createDatabase(file).close()
  const database = new Libsql(file)
  database
    .prepare(
      `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows - 1})
      INSERT INTO impressions (receivedAt, environmentId, environmentName, trafficTypeId, trafficTypeName, transport, sdk, flag, key,
        treatment, label, changeNumber, time)
      SELECT ?, 'e', 'Development', 't', 'user', 'fetch', ?, ?, substr('key_' || n || '_' || ?, 1, 80), ?, ?, 5, ? FROM numbers`,
    )
    .run([
      Date.now(),
      longName('sdk-'),
      longName('flag_'),
      'x'.repeat(80),
      longName('treatment_'),
      longName('label_'),
      Date.now(),
    ])
  database.close()
}

/** Gives the page a width, px, and returns once it and the picture of the traffic, if there is one, have taken it. */
async function setWidth(width: number, page = qa.page) {
  await page.setViewport({ width, height: 900 })
  await page.waitForFunction(
    (px) => {
      // What is around the canvas has its width at once, the canvas a frame later.
      const picture = document.querySelector('#traffic canvas')
      return innerWidth === px && (!picture || picture.clientWidth === document.querySelector('#traffic')?.clientWidth)
    },
    {},
    width,
  )
}

/**
 * Elements that reach out of their card, or out of a part that scrolls although nothing should have to be scrolled sideways there.
 */
const findEscapes = () =>
  qa.page.evaluate(() => {
    const escapes: string[] = []
    // On a phone, rows are cards.
    const isNarrow = innerWidth < 992
    if (document.documentElement.scrollWidth > innerWidth)
      escapes.push(`the page: ${document.documentElement.scrollWidth}`)
    if (isNarrow && [...document.querySelectorAll('.act')].some((cell) => getComputedStyle(cell).position === 'sticky'))
      escapes.push('a card with a part that sticks')
    for (const card of document.querySelectorAll('.card')) {
      const { left, right } = card.getBoundingClientRect()
      for (const element of card.querySelectorAll<HTMLElement>('*')) {
        // What is only for those who cannot see takes one pixel, and a place to break has no box.
        if (!element.checkVisibility() || element.closest('.hidden, svg, wbr, .cards thead')) continue
        const scroll = element.closest('.scroll')
        const mayScroll = scroll && !isNarrow && !scroll.closest('.charts')
        const name = `${element.tagName} ${element.id || element.className}: ${element.textContent?.slice(0, 30)}`
        const isField = element.matches('textarea') && CSS.supports('field-sizing', 'content')
        if (isField && element.scrollHeight > element.clientHeight + 1) escapes.push(`cut: ${name}`)
        if (element === scroll && !mayScroll && element.scrollWidth > element.clientWidth) escapes.push(`cut: ${name}`)
        if (mayScroll && element !== scroll) continue
        const isOpen = getComputedStyle(element).overflowX === 'visible'
        // A word may be longer than the line.
        if (isOpen && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
          escapes.push(`text out: ${name}`)
        const rect = element.getBoundingClientRect()
        if (rect.right > right + 0.5 || rect.left < left - 0.5) escapes.push(`out: ${name}`)
      }
    }
    return escapes.slice(0, 5)
  })

/** The tables of a page that have to be scrolled sideways, with how much of them is out of sight. */
const findHalfShown = (page: Page) =>
  page.$$eval('.scroll', (tables) =>
    tables
      .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth)
      .map((each) => `${each.ariaLabel}: ${each.scrollWidth - each.clientWidth}`),
  )

/** What a sheet of A4 shows between its margins, px. */
const papers = { upright: 718, landscape: 1047 }

/** What is lost on paper, where nothing can be scrolled, and what is of no use there. */
const findCuts = () =>
  qa.page.evaluate(() => {
    const cut = [...document.querySelectorAll('main, .card, .scroll, .names, textarea, pre, table, canvas')]
      .filter((element) => element.checkVisibility())
      .filter(
        ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
          scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1,
      )
    const useless = [...document.querySelectorAll('nav a, button')].filter((element) => element.checkVisibility())
    return [
      ...cut.map(({ tagName, id, className }) => `cut: ${tagName} ${id} ${className}`),
      ...useless.map(({ textContent }) => `of no use: ${textContent}`),
    ].slice(0, 5)
  })

const pages = {
  decide: [`/?key=${longName('key_')}`, '#flags tbody tr'],
  impressions: ['/impressions.html', '#tail tbody tr'],
  untracked: [`/impressions.html?flag=${longName('flag_')}`, '#tracking-note'],
  flags: [`/flags.html?flag=${longName('flag_')}`, '#editor form'],
  faults: ['/faults.html', '#server-faults li'],
  start: ['/start.html', '#start-title'],
} as const

it.each(Object.entries(pages))('nothing reaches out of its card: %s', async (name, [path, landmark]) => {
  await qa.open(path)
  await qa.page.waitForSelector(landmark)
  if (name === 'untracked') await qa.page.waitForSelector('#traffic canvas')
  if (name === 'decide') {
    await qa.page.click('#flags button')
    await qa.page.waitForSelector('.why')
  }
  if (name === 'impressions') {
    // Pages that were open before count too.
    await qa.says('#matching', /^105,0\d\d$/)
    await qa.says('#keys', /105,0\d\d/)
    await qa.says('#counted', /987,\d\d\d/)
    await qa.page.waitForSelector('#traffic canvas')
    await qa.page.locator('details summary').click()
  }
  for (const width of [360, 390, 768, 1000, 1280, 1440]) {
    await setWidth(width)
    if (name === 'impressions') {
      // The axis is as wide as its longest number, "120,000".
      const axis = await qa.page.$$eval('#traffic .u-axis', (axes) => axes.map((each) => each.clientWidth))
      expect(axis[1]).toBeGreaterThan(60)
    }
    expect(await findEscapes(), `${width} px`).toEqual([])
    if (name === 'impressions' && width >= 992) {
      // A long treatment ends in dots, and leaves the other columns their room.
      const cells = await qa.page.$$eval('#tail td:has(.treatment)', (found) => found.map((cell) => cell.clientWidth))
      expect(Math.max(...cells)).toBeLessThan(250)
    }
    const tops = await qa.page.$$eval('#pages a', (links) => links.map((link) => link.getBoundingClientRect().top))
    expect(new Set(tops).size, `lines of the navigation at ${width} px`).toBe(1)
  }
  if (can.media) {
    await showOn(qa.page, 'print')
    for (const [paper, width] of Object.entries(papers)) {
      await setWidth(width)
      expect(await findCuts(), paper).toEqual([])
    }
    await showOn(qa.page, 'screen')
  }
  expect(qa.complaints).toEqual([])
})

it('a row shows its JSON and leads to its explanation, which leads back to the rows', async () => {
  const key = longName('key_7_')
  await qa.open(`/impressions.html?key=${key}`)
  await qa.page.waitForSelector('#tail tbody tr')
  await qa.page.click('#tail tbody tr button')
  await qa.page.waitForSelector('#row[open]')
  const shown = JSON.parse(await qa.page.$eval('#row pre', (pre) => pre.textContent ?? '')) as object
  expect(shown).toMatchObject({ id: 8, key, flag: longName('flag_'), label: longName('label_'), bucketingKey: null })
  expect(await qa.audit()).toEqual([])
  await Promise.all([qa.page.waitForNavigation(), qa.press('Explain this decision')])
  await qa.says('.why', `because of ${longName('label_')}`)
  expect(await qa.page.$eval('#key', (field) => (field as HTMLInputElement).value)).toBe(key)
  await Promise.all([qa.page.waitForNavigation(), qa.press(`Rows of ${longName('flag_')}`)])
  await qa.says('#matching', /^\d of 105,0/)
  expect(qa.complaints).toEqual([])
})

it('events arrive in a tail of their own, with their JSON', async () => {
  await qa.open('/impressions.html')
  await qa.page.waitForFunction(() => document.querySelectorAll('#events tbody tr').length === 1)
  const [cells] = await qa.rows('events')
  expect(cells).toEqual(expect.arrayContaining([longName('event_'), '123456.78', longName('key_')]))
  await qa.page.click('#events tbody tr button')
  await qa.says('#row pre', longName('property_'))
  await qa.press('Close')
  await qa.page.waitForFunction(() => !document.getElementById('row'))
  // Events have no flag, so that this filter finds none.
  await qa.open('/impressions.html?flag=any')
  await qa.says('#matching', /^0 of 105,0/)
  expect(await qa.rows('events')).toEqual([])
})

it.each(['/?key=user-1&attributes={"location":"california"}', '/impressions.html'])(
  'usual rows need no scrolling sideways in a window of any width: %s',
  async (path) => {
    const usual = await openQa(browser)
    try {
      // So many users that some of them buy, of which the events tell.
      await seedWeek(usual.server, 30)
      await usual.open(path)
      await usual.page.waitForFunction(() => document.querySelectorAll('#tail tbody tr').length > 10)
      await usual.page.waitForSelector('#events tbody tr')
      for (const width of [390, 992, 993, 1100, 1230, 1280, 1440]) {
        await setWidth(width, usual.page)
        expect(await findHalfShown(usual.page), `${width} px`).toEqual([])
      }
      // A time of today needs one line.
      const broken = await usual.page.$$eval('#tail .moment time', (times) =>
        times
          .filter((time) => (time.textContent ?? '').length < 13)
          .filter((time) => time.getBoundingClientRect().height > 30)
          .map((time) => time.textContent),
      )
      expect(broken).toEqual([])
      // On a tablet two cells of a card stand beside each other, and the buttons below them.
      await setWidth(768, usual.page)
      const heights = await usual.page.$eval('#tail tbody tr', (row) => [
        ...new Set([...row.children].map((cell) => cell.getBoundingClientRect().top)),
      ])
      expect(heights).toHaveLength(7)
    } finally {
      await usual.close()
    }
  },
)
