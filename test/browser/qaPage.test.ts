import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer } from '../../demo/server/createServer'
import { can } from './engine'
import { launch } from './launch'
import { definitions, memberships, openQa, type Qa } from './openQa'

let browser: Browser
let qa: Qa
beforeAll(async () => {
  browser = await launch({ bfcache: false })
})
afterAll(() => browser.close())
beforeEach(async () => {
  qa = await openQa(browser)
})
afterEach(() => qa.close())

async function open(user: Record<string, string> = {}) {
  await qa.open(`/?${new URLSearchParams(user)}`)
  await decided(user['key'] ?? 'user-1')
}

const decided = (key: string) => qa.says('#status', ` for ${key}.`)

const flag = async (name: string) => {
  const found = (await qa.rows('flags')).find(([cell]) => cell?.split(/\s/)[0] === name)
  return { treatment: found?.[1], label: found?.[2], config: found?.[3] }
}
const tailRows = (count: number) =>
  qa.page.waitForFunction((n) => document.querySelectorAll('#tail tbody tr').length === n, {}, count)

const post = (impressions: unknown) =>
  fetch(`${qa.server.apiUrl}/testImpressions/bulk`, {
    method: 'POST',
    // Each request has a connection of its own: one that is kept might lead to a server that was stopped meanwhile.
    headers: { Authorization: 'Bearer a-key', 'Content-Type': 'application/json', Connection: 'close' },
    body: JSON.stringify(impressions),
  })

describe('flags', () => {
  it('lists every flag with a treatment and a label', async () => {
    await open()
    const table = await qa.rows('flags')
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
    expect(qa.complaints).toEqual([])
  })

  it('decides for another key, and puts it into the address', async () => {
    await open()
    expect(await flag('staff_toolbar')).toMatchObject({ treatment: 'off' })
    await qa.type('#key', 'ada')
    await qa.page.keyboard.press('Enter')
    await decided('ada')
    expect(await flag('staff_toolbar')).toMatchObject({ treatment: 'on', label: 'in segment employees' })
    expect(new URL(await qa.address()).searchParams.get('key')).toBe('ada')
  })

  it('decides again when a flag changes, for the user of before and not for what is being typed', async () => {
    await open({ key: 'ada' })
    await qa.type('#key', 'half a k')
    const killed = qa.server.definitions.ff.d.map((each) =>
      each.name === 'staff_toolbar' ? { ...each, killed: true, changeNumber: Date.now() } : each,
    )
    qa.server.setDefinitions({ ff: { d: killed, s: -1, t: Date.now() } })
    await expect.poll(() => flag('staff_toolbar')).toMatchObject({ treatment: 'off', label: 'killed' })
    expect(new URL(await qa.address()).searchParams.get('key')).toBe('ada')
    await qa.says('#status', 'for ada.')
  })

  it('records an event', async () => {
    await open()
    await qa.page.click('#track button')
    await qa.says('#status', 'Recorded the event order.')
    await qa.press('Send now')
    await expect.poll(() => qa.server.events().map(({ type }) => type)).toEqual(['order'])
  })

  it('goes from user to user', async () => {
    await open({ key: 'user-09' })
    await qa.page.click('#next')
    await decided('user-10')
    expect(await qa.page.$eval('#key', (field) => (field as HTMLInputElement).value)).toBe('user-10')
  })

  it('takes attributes, also from a shared address, and the configuration follows', async () => {
    const attributes = '{ "location": "california" }'
    await open({ key: 'user-5', attributes })
    expect(await qa.page.$eval('#attributes', (field) => (field as HTMLTextAreaElement).value)).toBe(attributes)
    const banner = await flag('california_banner')
    expect(banner).toMatchObject({ treatment: 'on', label: 'user.location in list ["california"]' })
    expect(JSON.parse(banner.config ?? '')).toMatchObject({ colour: 'amber' })
    await qa.type('#attributes', '{ "location": "oregon" }')
    await qa.page.click('#decide')
    await qa.page.waitForFunction(() => !document.getElementById('flags')?.innerText.includes('california"]'))
    expect(await flag('california_banner')).toMatchObject({ treatment: 'off', config: 'none' })
  })

  it('says what is wrong with attributes and key, at the field', async () => {
    await open()
    for (const [text, message] of [
      ['{ oops', 'Not JSON'],
      ['[1]', 'names and values in braces'],
    ] as const) {
      await qa.type('#attributes', text)
      await qa.page.click('#decide')
      expect(await qa.page.$eval('#attributes-error', (error) => error.textContent)).toContain(message)
      expect(await qa.page.evaluate(() => document.activeElement?.id)).toBe('attributes')
      expect(await qa.page.$eval('#attributes', (field) => field.getAttribute('aria-invalid'))).toBe('true')
    }
    await qa.type('#attributes', '')
    await qa.type('#key', '')
    await qa.page.click('#decide')
    expect(await qa.page.$eval('#key-error', (error) => error.textContent)).toContain('A key is needed')
    expect(await qa.page.$eval('#attributes-error', (error) => error.textContent)).toBe('')
  })

  it('explains the flag of an impression, and says by which version that was decided', async () => {
    await open({ flag: 'checkout_v2', version: String(new Date(2026, 0, 2, 3, 4).getTime()) })
    await qa.says(
      '.why',
      'The impression was decided by the version of 2026-01-02 03:04: the definition has changed since.',
    )
    const now = qa.server.definitions.ff.d.find(({ name }) => name === 'checkout_v2')?.changeNumber
    await open({ flag: 'checkout_v2', version: String(now) })
    await qa.says('.why', 'because of')
    await qa.says('.why', 'Rule 1: in segment all? Yes: the key is "user-1".')
    expect(await qa.page.$eval('.why', (why) => why.textContent)).not.toContain('The impression')
    expect(qa.complaints).toEqual([])
  })

  it('filters by name, treatment and label', async () => {
    await open()
    await qa.page.type('#filter', 'KILLED')
    expect((await qa.rows('flags')).map(([name]) => name)).toEqual([expect.stringContaining('legacy_search')])
    expect(await qa.page.$eval('#flags-count', (count) => count.textContent)).toBe(`1 of ${definitions.ff.d.length}`)
    await qa.page.type('#filter', 'zzz')
    expect(await qa.rows('flags')).toEqual([['No flag has this in its name, treatment or label.']])
  })
})

describe('impressions received', () => {
  it('shows every field of an impression', async () => {
    const day = new Date().toDateString()
    await open({ key: 'ada' })
    await qa.page.click('#send')
    await qa.page.waitForSelector('#tail tbody tr')
    const stored = qa.server.impressions().find((impression) => impression.flag === 'staff_toolbar')
    const heads = await qa.page.$$eval('#tail thead th', (found) =>
      found.map((head) => (head as HTMLElement).innerText),
    )
    const cells = (await qa.rows('tail')).find((row) => row[1] === 'staff_toolbar') ?? []
    const shown = Object.fromEntries(heads.map((head, index) => [head, cells[index]]))
    const { version } = JSON.parse(
      readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
    ) as { version: string }
    // A time of another day than that of its drawing has a date.
    const isSameDay = day === new Date().toDateString()
    const time = isSameDay ? /^\d\d:\d\d:\d\d\.\d{3}$/ : /^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}$/
    expect(shown).toEqual({
      Received: expect.stringMatching(time),
      Flag: 'staff_toolbar',
      Treatment: 'on',
      Label: 'in segment employees',
      Key: 'ada',
      Time: expect.stringMatching(time),
      'Definition version': expect.stringMatching(/^2026-08-03 \d\d:\d\d$/),
      'Traffic type': 'user',
      Environment: 'Development',
      'SDK and version': `pennon-${version}`,
      Transport: 'fetch',
      JSON: '{ }',
    })
    const moments = await qa.page.$$eval('#tail tbody tr', (found) =>
      found
        .filter((row) => row.textContent?.includes('staff_toolbar'))
        .flatMap((row) => [...row.querySelectorAll('time')].map(({ title }) => Number(title))),
    )
    expect(moments).toEqual([stored?.receivedAt, stored?.time, stored?.changeNumber])
    expect(qa.complaints).toEqual([])
  })

  it('shows the newest first, at most 100 of them, and stands still while paused', async () => {
    await open()
    const batch = (from: number, count: number) => [
      {
        f: 'burst',
        i: Array.from({ length: count }, (_, n) => ({ k: `k${from + n}`, t: 'on', m: 1_700_000_000_000 })),
      },
    ]
    await post(batch(0, 75))
    await tailRows(75)
    await post(batch(75, 75))
    // Only some rows come in with each frame, so that all are there when the newest is.
    await qa.page.waitForFunction(() => document.querySelector('#tail tbody tr')?.textContent?.includes('k149'))
    await tailRows(100)
    expect((await qa.rows('tail')).at(-1)).toContain('k50')
    // The row says where there is no label or version, and shows the date of a time that is not today.
    const [first] = await qa.rows('tail')
    expect(first?.filter((cell) => cell === 'not available')).toHaveLength(3)
    expect(first?.[5]).toMatch(/^2023-11-1[45] /)

    await qa.page.click('#pause')
    expect(await qa.page.$eval('#pause', (button) => button.getAttribute('aria-pressed'))).toBe('true')
    await post(batch(150, 1))
    await qa.page.waitForFunction(() => document.getElementById('tail-count')?.textContent === '151')
    expect((await qa.rows('tail'))[0]).toContain('k149')
    await qa.page.click('#pause')
    await qa.page.waitForFunction(() => document.querySelector('#tail tbody tr')?.textContent?.includes('k150'))
  })

  it('begins anew when the server was started again', async () => {
    await open()
    const send = (key: string) => post([{ f: 'restart', i: [{ k: key, t: 'on', m: 1 }] }])
    await send('before')
    await send('before')
    await tailRows(2)
    const ports = { port: Number(new URL(qa.server.pageUrl).port), apiPort: Number(new URL(qa.server.apiUrl).port) }
    await qa.server.close()
    qa.server = await createDemoServer({ definitions, memberships, ...ports })
    await send('after')
    await tailRows(1)
    expect((await qa.rows('tail'))[0]).toContain('after')
  })

  it('shows what anybody may send as text', async () => {
    const hostile = '<img src=x onerror="document.title = 1"><script>document.title = 2</script>'
    qa.server.setDefinitions({ ff: { d: [...definitions.ff.d, { name: hostile, killed: true, changeNumber: 1 }] } })
    await open({ key: hostile.slice(0, 40) })
    await post([{ f: hostile, i: [{ k: hostile, t: hostile, r: hostile, m: 1 }] }])
    await qa.page.waitForFunction((text) => document.getElementById('tail')?.innerText.includes(text), {}, hostile)
    expect(await qa.page.$eval('#flags', (table) => table.textContent)).toContain(hostile)
    expect(await qa.page.$$('img, table script')).toEqual([])
    expect(await qa.page.title()).toBe('pennon QA')
  })

  it('shows on the next page what beacons brought when this one was left, and leads back', async () => {
    await open({ key: 'grace' })
    await Promise.all([qa.page.waitForNavigation(), qa.page.click('#leave')])
    await qa.page.waitForFunction(() =>
      /^\d+ impressions? arrived/.test(document.getElementById('status')?.textContent ?? ''),
    )
    const beacons = await qa.server.waitFor(1, '/testImpressions/beacon')
    expect(beacons[0]?.transport).toBe('beacon')
    const stored = qa.server.impressions()
    expect(stored.length).toBeGreaterThan(5)
    expect(stored.every(({ transport, label }) => transport === 'beacon' && label)).toBe(true)
    await tailRows(stored.length)
    expect(await qa.page.$eval('#status', (status) => status.textContent)).toBe(
      `${stored.length} impressions arrived, ${stored.length} by beacon.`,
    )
    await Promise.all([qa.page.waitForNavigation(), qa.page.click('#back')])
    await decided('grace')
    expect(qa.complaints).toEqual([])
  })

  it('says on the next page when nothing was waiting', async () => {
    await open()
    await qa.page.click('#send')
    await qa.page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Sent'))
    await Promise.all([qa.page.waitForNavigation(), qa.page.click('#leave')])
    await qa.page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('No impression was'))
    expect(await qa.rows('tail')).toEqual([])
  })
})

describe('a window as wide as that of a small laptop', () => {
  it.each([1280, 1440])('shows every column of what was received, %i px', async (width) => {
    await open({ attributes: '{ "location": "california", "orders": 0, "app_version": "3.4.1" }' })
    await qa.page.click('#send')
    await qa.page.waitForFunction(() => document.querySelector('#tail tbody')?.textContent?.includes('ten_percent'))
    await qa.page.setViewport({ width, height: 900 })
    const hidden = await qa.page.$eval('.scroll:has(#tail)', (part) => part.scrollWidth - part.clientWidth)
    expect(hidden).toBe(0)
  })
})

describe('accessibility', () => {
  it('axe finds nothing', async () => {
    await open({ key: 'user-1', bucketingKey: 'b' })
    await post([{ f: 'gone', i: [{ k: 'ada', t: 'control', m: 1, b: 'other' }] }])
    await qa.page.click('#send')
    await qa.page.waitForSelector('#tail tbody tr')
    await qa.page.click('#pause')
    await qa.type('#attributes', '{')
    await qa.page.click('#decide')
    expect(await qa.audit()).toEqual([])
    await Promise.all([qa.page.waitForNavigation(), qa.page.click('#leave')])
    await qa.page.waitForSelector('#arrived-title')
    expect(await qa.audit()).toEqual([])
  })
})

describe.skipIf(!can.activeWindow)('the keyboard', () => {
  /** The controls of the page, in order. */
  const controls =
    'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"], pennon-devtools'
  /** Presses Tab from control to control: what is passed over, what does not show that it has the focus, and what is covered then. */
  async function walk(): Promise<string[]> {
    const wanted = await qa.page.$$eval(controls, (found) => {
      const shown = found.filter((element) => element.checkVisibility())
      shown.forEach((element, at) => element.setAttribute('data-stop', String(at)))
      // The walk begins at the first one, wherever the page was clicked before.
      ;(shown[0] as HTMLElement).focus()
      return shown.length
    })
    expect(wanted).toBeGreaterThan(5)
    const faults: string[] = []
    let last = 0
    // A field of a date and time has a stop for each of its parts.
    for (let presses = 0; last < wanted - 1 && presses < wanted * 2; presses++) {
      await qa.page.keyboard.press('Tab')
      const [at, fault] = await qa.page.evaluate(() => {
        const host = document.activeElement ?? document.body
        const element = host.shadowRoot?.activeElement ?? host
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        const { left, right, top, bottom } = element.getBoundingClientRect()
        const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2
        const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2
        const hit = (element.getRootNode() as Document | ShadowRoot).elementFromPoint(x, y)
        const hasRing = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
        const wrong = !hasRing ? 'shows no focus' : hit && element.contains(hit) ? '' : 'is covered'
        const name = host.id || host.getAttribute('aria-label') || host.textContent?.slice(0, 40)
        return [Number(host.getAttribute('data-stop') ?? -1), wrong && `${host.tagName} ${name} ${wrong}`] as const
      })
      if (fault) faults.push(fault)
      if (at !== last && at !== last + 1) faults.push(`from stop ${last} to ${at} of ${wanted}`)
      last = Math.max(at, last)
    }
    if (last < wanted - 1) faults.push(`ends at stop ${last} of ${wanted}`)
    return faults
  }

  it('reaches every control of every page, in order and in sight', async () => {
    await post([{ f: 'checkout_v2', i: ['ada', 'grace'].map((k) => ({ k, t: 'on', m: Date.now() })) }])
    await qa.open('/flags.html?flag=california_banner')
    await qa.page.waitForSelector('#editor form')
    await qa.page.select('#segment', 'loyal_customers')
    await qa.page.click('#tracking')
    await qa.page.locator('#history summary').click()
    await qa.says('#history', 'served now')
    expect(await walk(), 'Flags').toEqual([])

    await qa.open('/impressions.html')
    await tailRows(2)
    await qa.page.locator('.charts summary').click()
    expect(await walk(), 'Impressions').toEqual([])

    await open({ flag: 'legacy_search' })
    await tailRows(2)
    expect(await walk(), 'Decide').toEqual([])

    for (const [path, landmark] of [
      ['/faults.html', '#server-faults li'],
      ['/start.html', '#start-title'],
    ] as const) {
      await qa.open(path)
      await qa.page.waitForSelector(landmark)
      expect(await walk(), path).toEqual([])
    }
  })

  it('opens the JSON of a row, which keeps the focus until Escape gives it back', async () => {
    await post([{ f: 'checkout_v2', i: [{ k: 'ada', t: 'on', m: Date.now() }] }])
    await qa.open('/impressions.html')
    await tailRows(1)
    const button = '#tail tbody button'
    await qa.page.focus(button)
    await qa.page.keyboard.press('Enter')
    await qa.page.waitForSelector('#row[open]')
    const stops = new Set<string>()
    for (let step = 0; step < 10; step++) {
      await qa.page.keyboard.press('Tab')
      stops.add(
        await qa.page.evaluate(() => {
          const { activeElement } = document
          // After the page's last control the focus goes to the browser itself.
          if (!activeElement || activeElement === document.body) return ''
          return activeElement.closest('#row') ? (activeElement.firstChild?.nodeValue ?? '').slice(0, 7) : 'behind it'
        }),
      )
    }
    stops.delete('')
    expect([...stops].sort()).toEqual(['Close', 'Copy', 'Explain', '{\n  "id'])
    await qa.page.keyboard.press('Escape')
    await qa.page.waitForFunction(() => !document.getElementById('row'))
    expect(await qa.page.$eval(button, (element) => element === document.activeElement)).toBe(true)
  })
})
