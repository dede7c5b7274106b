import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { can } from './engine'
import { launch } from './launch'
import { openQa, type Qa } from './openQa'

let browser: Browser
let qa: Qa
let folder: string
beforeAll(async () => {
  browser = await launch({ bfcache: false })
})
afterAll(() => browser.close())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-export-'))
  qa = await openQa(browser)
})
afterEach(async () => {
  await qa.close()
  rmSync(folder, { recursive: true })
})

interface Sent {
  flag?: string
  key?: string
  treatment?: string
  label?: string
  time?: number
}
const post = async (rows: Sent[], sdkKey = qa.server.sdkKey) => {
  const items = rows.map(({ flag = 'checkout_v2', key = 'ada', treatment = 'on', label, time = Date.now() }) => ({
    f: flag,
    i: [{ k: key, t: treatment, r: label, c: 7, m: time }],
  }))
  const answer = await fetch(`${qa.server.apiUrl}/testImpressions/bulk`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${sdkKey}` },
    body: JSON.stringify(items),
  })
  expect(answer.status).toBe(200)
}
const many = (count: number, row: (n: number) => Sent) => Array.from({ length: count }, (_, n) => row(n))
const tailRows = (count: number) =>
  qa.page.waitForFunction((n) => document.querySelectorAll('#tail tbody tr').length === n, {}, count)
/** How many elements got their style anew in the dearest frame of a trace. */
const mostRestyled = (trace: Uint8Array = new Uint8Array()) =>
  (JSON.parse(Buffer.from(trace).toString()) as { traceEvents: { args?: { elementCount?: number } }[] }).traceEvents
    .map(({ args }) => args?.elementCount ?? 0)
    .reduce((most, count) => Math.max(most, count), 0)
/** As the pages write a moment. */
const minutes = (time: number) => new Date(time).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
const keys = async () => (await qa.rows('tail')).map((cells) => cells[4])

describe('the tail', () => {
  it('shows what meets the criteria, what was there and what comes', async () => {
    await post([
      { flag: 'a', key: 'ada', treatment: 'on', label: 'default rule' },
      { flag: 'a', key: 'grace', treatment: 'off' },
      { flag: 'b', key: 'ada', treatment: 'on' },
    ])
    await qa.open('/impressions.html')
    await tailRows(3)
    await qa.type('#flag', 'a')
    await qa.press('Show')
    await tailRows(2)
    await post([
      { flag: 'b', key: 'other' },
      { flag: 'a', key: 'new' },
    ])
    await tailRows(3)
    expect(await keys()).toEqual(['new', 'grace', 'ada'])
    await qa.says('#matching', '3 of 5')
    await qa.type('#treatment', 'off')
    await qa.press('Show')
    await tailRows(1)
    expect(await keys()).toEqual(['grace'])
    // The criteria are in the address, and come back with it.
    await qa.page.reload()
    await tailRows(1)
    expect(await qa.page.$eval('#treatment', (field) => (field as HTMLInputElement).value)).toBe('off')
    await qa.press('Reset')
    await tailRows(5)
    expect(qa.complaints).toEqual([])
  })

  it('finds labels that stayed at home, keys and times', async () => {
    const at = (text: string) => new Date(text).getTime()
    await post([
      { key: 'early', label: 'default rule', time: at('2026-11-01T10:00') },
      { key: 'late', time: at('2026-11-02T10:00') },
    ])
    await qa.open('/impressions.html')
    await tailRows(2)
    await qa.type('#label', 'not available')
    await qa.press('Show')
    await tailRows(1)
    expect((await qa.rows('tail'))[0]).toEqual(expect.arrayContaining(['late', 'not available']))
    await qa.open('/impressions.html?to=2026-11-02T00%3A00')
    await tailRows(1)
    expect(await keys()).toEqual(['early'])
    await qa.open('/impressions.html?key=late')
    await tailRows(1)
    expect(await keys()).toEqual(['late'])
  })

  it('is asked for what contains, is or is not something, and says how many that are', async () => {
    await post(many(12, (n) => ({ key: `key_${n}`, ...(n < 4 && { label: 'default rule' }) })))
    for (const [query, matching] of [
      [{}, '12'],
      [{ key: 'KEY_1', 'key-how': 'contains' }, '3 of 12'],
      [{ key: 'key_1', 'key-how': 'not' }, '11 of 12'],
      // A link that does not say how to compare means the exact text.
      [{ key: 'key_' }, '0 of 12'],
      [{ label: 'not available' }, '8 of 12'],
      [{ label: 'not available', 'label-how': 'not' }, '4 of 12'],
    ] as [Record<string, string>, string][]) {
      await qa.open(`/impressions.html?${new URLSearchParams(query)}`)
      await qa.says('#matching', /\d/)
      expect(await qa.page.$eval('#matching', ({ textContent }) => textContent), JSON.stringify(query)).toBe(matching)
    }
  })

  it('shows one environment', async () => {
    await post([{ key: 'here' }])
    await post([{ key: 'there' }], qa.server.environments[1]?.sdkKey)
    await qa.open('/impressions.html?environment=Production')
    await tailRows(1)
    expect(await keys()).toEqual(['there'])
  })

  it('holds up when a thousand arrive in a second, newest first, and stands still while paused', async () => {
    await qa.open('/impressions.html')
    for (let batch = 0; batch < 10; batch++) {
      await post(many(100, (n) => ({ key: `k${batch * 100 + n}` })))
    }
    await qa.page.waitForFunction(() => document.querySelector('#tail tbody tr')?.textContent?.includes('k999'))
    await tailRows(100)
    expect((await keys())[99]).toBe('k900')
    if (can.cdp) await qa.page.tracing.start({ categories: ['devtools.timeline'] })
    await post([{ key: 'one' }])
    // To read innerText computes the style before this resolves, so that it is in the trace.
    await qa.page.waitForFunction(() =>
      document.querySelector<HTMLElement>('#tail tbody tr')?.innerText.includes('one'),
    )
    if (can.cdp) {
      const restyled = mostRestyled(await qa.page.tracing.stop())
      expect(restyled).toBeGreaterThan(10)
      // The table has 1,900 elements: a selector that looks at neighbours would restyle all of them for each arrival.
      expect(restyled).toBeLessThan(800)
    }
    await qa.press('Pause')
    await post([{ key: 'later' }])
    await qa.says('#matching', '1,002')
    await qa.says('.held', '1 new row waits')
    expect((await keys())[0]).toBe('one')
    await qa.press('Pause')
    await qa.page.waitForFunction(() => document.querySelector('#tail tbody tr')?.textContent?.includes('later'))
    expect(qa.complaints).toEqual([])
  })
})

describe('the charts', () => {
  it('draw the traffic and tell the keys of each treatment', async () => {
    const hour = 3_600_000
    await post(many(30, (n) => ({ key: `k${n % 10}`, treatment: n % 3 ? 'on' : 'off', time: Date.now() - n * hour })))
    await qa.open('/impressions.html')
    await qa.page.waitForSelector('#traffic canvas')
    expect(await qa.page.$$eval('#traffic .u-label', (labels) => labels.map((label) => label.textContent))).toEqual([
      'Time',
      'off',
      'on',
    ])
    await qa.says('#traffic-text', 'on: 20, off: 10')
    expect(await qa.rows('keys')).toEqual([
      ['on', '10', '20'],
      ['off', '10', '10'],
    ])
    // Something is drawn if the canvas has more than one colour.
    const colours = await qa.page.$eval('#traffic canvas', (found) => {
      const canvas = found
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      return new Set(new Uint32Array(new Uint8ClampedArray(pixels).buffer)).size
    })
    expect(colours).toBeGreaterThan(10)
    expect(qa.complaints).toEqual([])
  })

  it('say in the table what they show, and mark where the definition changed', async () => {
    const hour = 3_600_000
    const [first, changed] = [new Date('2026-11-20T10:00Z').getTime(), new Date('2026-11-20T17:30Z').getTime()]
    await post([
      ...many(3, (n) => ({ key: `a${n}`, treatment: 'on', time: first })),
      ...many(2, (n) => ({ key: `b${n}`, treatment: 'off', time: first + 5 * hour })),
      { treatment: 'on', time: first + 5 * hour },
      ...many(4, (n) => ({ key: `c${n}`, treatment: 'off', time: first + 10 * hour })),
    ])
    const d = qa.server.definitions.ff.d.map((each) =>
      each.name === 'checkout_v2' ? { ...each, changeNumber: changed } : each,
    )
    qa.server.setDefinitions({ ff: { d } })
    // For several flags no changes of definitions are drawn.
    await qa.open('/impressions.html?flag=checkout_v2&flag-how=contains')
    await qa.says('#traffic-note', /^Impressions of each treatment, by 15 minutes\.\s*$/)
    await tailRows(10)
    await qa.page.waitForSelector('#traffic canvas')
    await qa.page.locator('.charts summary').click()
    const table = await qa.rows('traffic-table')
    expect(table).toEqual([
      [minutes(first), 'on', '3'],
      [minutes(first + 5 * hour), 'off', '2'],
      [minutes(first + 5 * hour), 'on', '1'],
      [minutes(first + 10 * hour), 'off', '4'],
    ])
    const plot = await qa.page.$('#traffic .u-over')
    const { x = 0, y = 0, width = 0, height = 0 } = (await plot?.boundingBox()) ?? {}
    // The picture begins and ends a step of 15 minutes beside its rows.
    const xOf = (time: number) => ((time - first + hour / 4) / (10.5 * hour)) * width
    for (const after of [0, 5, 10]) {
      const time = minutes(first + after * hour)
      const inTable = (treatment: string) =>
        table.find(([from, name]) => from === time && name === treatment)?.[2] ?? '0'
      await qa.page.mouse.move(x + xOf(first + after * hour), y + height / 2)
      await qa.page.waitForFunction(
        (shown) => [...document.querySelectorAll('#traffic .u-value')].map((each) => each.textContent).join() === shown,
        { polling: 50 },
        [time, inTable('off'), inTable('on')].join(),
      )
    }

    /** Where the picture is another one than it was when this was called first, in pixels of the page beside its frame. */
    const differences = (frame: number) => {
      const canvas = document.querySelector('#traffic canvas') as HTMLCanvasElement
      // A copy is read, because the console would complain of a canvas that is read often.
      const copy = document.createElement('canvas')
      Object.assign(copy, { width: canvas.width, height: canvas.height })
      const context = copy.getContext('2d')
      context?.drawImage(canvas, 0, 0)
      const { data } = context?.getImageData(0, 0, canvas.width, canvas.height) ?? {}
      const pixels = new Uint32Array(data?.buffer ?? new ArrayBuffer())
      const kept = window as { before?: Uint32Array }
      const before = (kept.before ??= pixels)
      const columns = new Map<number, number>()
      pixels.forEach((pixel, at) => {
        const column = at % canvas.width
        if (pixel !== before[at]) columns.set(column, (columns.get(column) ?? 0) + 1)
      })
      const scale = canvas.width / canvas.clientWidth
      const left = canvas.getBoundingClientRect().left
      return [...columns].map(([column, count]) => [column / scale + left - frame, count / scale] as const)
    }
    expect(await qa.page.evaluate(differences, x)).toEqual([])
    await qa.page.select('[aria-label="How Flag is compared"]', 'is')
    await qa.press('Show')
    // Its version from before is older than what is drawn.
    await qa.says('#traffic-note', new RegExp(`15 minutes\\. Dashed: the definition changed ${minutes(changed)}\\.$`))
    await qa.says('#traffic-text', `The definition changed ${minutes(changed)}`)
    await vi.waitFor(async () => expect(await qa.page.evaluate(differences, x)).not.toEqual([]), 10_000)
    for (const [column, count] of await qa.page.evaluate(differences, x)) {
      expect(Math.abs(column - xOf(changed))).toBeLessThan(2)
      // The dashed line has 4 pixels in every 8.
      expect(count / height).toBeGreaterThan(0.3)
    }
    expect(qa.complaints).toEqual([])
  })

  it('draw each treatment in the hue of its badges', async () => {
    const treatments = ['blue', 'control', 'off', 'on', 'variant_a', 'variant_b']
    await post(treatments.map((treatment) => ({ key: 'ada', treatment, time: Date.now() })))
    await qa.open('/impressions.html')
    // The chart and both tables are drawn one after the other.
    await qa.page.waitForFunction(
      (count) =>
        document.querySelectorAll('#traffic .u-series').length > count &&
        ['keys', 'tail'].every((id) => document.querySelectorAll(`#${id} tbody .treatment`).length >= count),
      {},
      treatments.length,
    )
    const hues = await qa.page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'))
      const hueOf = (colour: string) => {
        probe.style.color = `oklch(from ${colour} l c h)`
        return Number(/([\d.]+)\)$/.exec(getComputedStyle(probe).color)?.[1])
      }
      const badges = (table: string) =>
        [...document.querySelectorAll(`#${table} tbody .treatment`)].map(
          (badge) => [badge.textContent, hueOf(getComputedStyle(badge).color)] as const,
        )
      const lines = [...document.querySelectorAll('#traffic .u-series')].map((series) => {
        const marker = series.querySelector('.u-marker')
        return [series.textContent, marker ? hueOf(getComputedStyle(marker).borderTopColor) : NaN] as const
      })
      return { lines, keys: badges('keys'), tail: badges('tail') }
    })
    const lines = hues.lines.slice(1)
    expect(lines.map(([label]) => label?.replace(/\W.*/, ''))).toEqual(treatments)
    for (const [index, treatment] of treatments.entries()) {
      const hue = lines[index]?.[1] ?? NaN
      for (const badges of [hues.keys, hues.tail]) {
        const badge = badges.find(([name]) => name === treatment)?.[1] ?? NaN
        // Text and line differ in lightness; two treatments are 15 degrees apart at least.
        expect(Math.abs(badge - hue), treatment).toBeLessThan(7)
      }
    }
  })

  it('are empty with the reason when tracking is off, and the counts stand beside them', async () => {
    await fetch(`${qa.server.apiUrl}/testImpressions/count`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${qa.server.sdkKey}` },
      body: JSON.stringify({
        pf: [
          { f: 'stock_badge', m: 3_600_000, rc: 40 },
          { f: 'stock_badge', m: 7_200_000, rc: 2 },
        ],
      }),
    })
    await qa.open('/impressions.html?flag=stock_badge')
    const { changeNumber = 0 } = qa.server.definitions.ff.d.find(({ name }) => name === 'stock_badge') ?? {}
    await qa.says('#tracking-note', `Tracking is off for stock_badge, with the version of ${minutes(changeNumber)}.`)
    await qa.says('#traffic-note', 'Tracking is off for this flag')
    expect(await qa.rows('counted')).toEqual([['stock_badge', '42', '0']])
    await qa.page.waitForSelector('#counts canvas')
    await qa.says('#counts-text', /^1970-01-01 \d\d:00: 40, 1970-01-01 \d\d:00: 2$/)
    await qa.open('/impressions.html?flag=checkout_v2')
    await qa.says('#traffic-note', 'No impression meets the criteria yet.')
  })
})

describe('the export', () => {
  const download = async (format: string) => {
    const session = await qa.page.createCDPSession()
    await session.send('Browser.setDownloadBehavior', {
      behavior: 'allow',
      downloadPath: folder,
      browserContextId: qa.page.browserContext().id ?? '',
    })
    await qa.page.select('#format', format)
    await qa.press('Export')
    await qa.says('#status', /^Exported/)
    const name = `impressions.${format}`
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([name]), 10_000)
    return readFileSync(join(folder, name))
  }

  it.skipIf(!can.cdp).each(['csv', 'jsonl', 'parquet'])(
    'gives what is shown as %s, which can be read back',
    async (format) => {
      await post(many(30, (n) => ({ flag: n % 2 ? 'odd' : 'even', key: n === 1 ? '=1+1' : `k${n}` })))
      await qa.open('/impressions.html?flag=odd')
      await tailRows(15)
      const file = await download(format)
      const expected = many(15, (n) => ({ key: n === 0 ? '=1+1' : `k${2 * n + 1}` })).map(({ key }) => key)
      const read = {
        csv: () =>
          file
            .toString()
            .trimEnd()
            .split('\r\n')
            .slice(1)
            .map((line) => line.split(',')[10]?.replace(/^'/, '')),
        jsonl: () =>
          file
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => (JSON.parse(line) as { key: string }).key),
        parquet: async () =>
          (await parquetReadObjects({ file: new Uint8Array(file).buffer })).map((row) => row['key'] as string),
      }[format]
      expect(await read?.()).toEqual(expected)
      await qa.says('#status', 'Exported 15 impressions')
    },
  )

  it.skipIf(!can.cdp)('shows how far it is, and can be cancelled', async () => {
    await qa.open('/impressions.html')
    await post(many(3_000, (n) => ({ key: `k${n}` })))
    // Afterwards the slow network has nothing to bring but the export, which the server is done with long before it is here.
    await qa.says('#tail tbody tr', 'k2999')
    await qa.says('#matching', '3,000')
    const session = await qa.page.createCDPSession()
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: 5e4,
      uploadThroughput: -1,
    })
    await qa.press('Export')
    await qa.says('#done-text', /^[\d,]+ of 3,000 rows, [1-9][\d.]+ .B$/)
    await qa.press('Cancel')
    await qa.says('#status', 'The export was cancelled.')
    expect(await qa.page.$eval('#progress', (progress) => (progress as HTMLElement).hidden)).toBe(true)
    await qa.page.waitForSelector('#export[aria-disabled="false"]')
    // Who pressed Cancel can go on from where it was.
    expect(await qa.page.evaluate(() => document.activeElement?.id)).toBe('export')
    await session.detach()
  })
})

it('axe finds nothing', async () => {
  await qa.open('/impressions.html')
  expect(await qa.audit()).toEqual([])
  await post(many(20, (n) => ({ treatment: n % 2 ? 'on' : 'off' })))
  await tailRows(20)
  await qa.page.waitForSelector('#traffic canvas')
  expect(await qa.audit()).toEqual([])
})
