import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launch } from './launch'
import { openQa, type Qa } from './openQa'

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

const decided = () => qa.says('#status', /^Decided \d+ flags for /)
const leave = async () => {
  await Promise.all([qa.page.waitForNavigation(), qa.press('Leave this page')])
}
const arrived = () => qa.server.impressions().length

it('are chosen, opened with the page, and ended one by one', async () => {
  await qa.open('/faults.html')
  await qa.press('Beacon refused')
  await qa.press('impressions: broken')
  await qa.says('#open', 'Open the page with these faults')
  const link = await qa.page.$eval('#link', (field) => (field as HTMLInputElement).value)
  expect(new URL(link).searchParams.getAll('fault')).toEqual(['beacon-refused', 'impressions:broken'])
  await Promise.all([qa.page.waitForNavigation(), qa.press('Open the page with these faults')])
  expect(await qa.address()).toBe(link)
  await qa.says('#faults', 'Beacon refused')
  await decided()
  await qa.press('Send now')
  await qa.server.waitFor(1, ({ path, status }) => path === '/testImpressions/bulk' && status === 500)

  await Promise.all([qa.page.waitForNavigation(), qa.press('End the fault impressions:broken')])
  await decided()
  await qa.press('Send now')
  await qa.server.waitFor(1, ({ path, status }) => path === '/testImpressions/bulk' && status === 200)
  await Promise.all([qa.page.waitForNavigation(), qa.press('End the fault beacon-refused')])
  await decided()
  expect(await qa.page.$eval('#faults', (bar) => (bar as HTMLElement).hidden)).toBe(true)
})

it('beacon refused: what waits when the page is left goes with the next page', async () => {
  await qa.open('/?fault=beacon-refused')
  await decided()
  await leave()
  expect(arrived()).toBe(0)
  await qa.open('/?key=somebody-else')
  await qa.server.waitFor(1, '/testImpressions/bulk')
  const ofFirst = qa.server.impressions().filter(({ key }) => key === 'user-1')
  expect(new Set(ofFirst.map(({ transport }) => transport))).toEqual(new Set(['fetch']))
})

it('crash at leaving: the next page delivers what was on disk', async () => {
  await qa.open('/?fault=crash')
  await decided()
  // By then it was written ahead: it is on disk, but not at the server.
  await qa.page.waitForFunction(async () => {
    const open = indexedDB.open('pennon-outbox-2')
    const database = await new Promise<IDBDatabase>((resolve) => {
      open.onsuccess = () => resolve(open.result)
    })
    const [store = ''] = database.objectStoreNames
    const all = database.transaction(store).objectStore(store).getAll()
    const entries = await new Promise<{ kind?: string }[]>((resolve) => {
      all.onsuccess = () => resolve(all.result as { kind?: string }[])
    })
    database.close()
    return entries.some(({ kind }) => kind === 'impressions')
  })
  await leave()
  expect(arrived()).toBe(0)
  await qa.open('/?key=somebody-else')
  await qa.server.waitFor(1, '/testImpressions/bulk')
  expect(qa.server.impressions().some(({ key }) => key === 'user-1')).toBe(true)
})

it.each(['offline', 'telemetry-blocked'])('%s: impressions wait until it is over', async (fault) => {
  await qa.open('/')
  await decided()
  await qa.press('Send now')
  await qa.says('#status', 'Sent')
  const before = arrived()
  await qa.open(`/?key=grace&fault=${fault}`)
  await decided()
  await qa.press('Send now')
  await leave()
  expect(arrived()).toBe(before)
  await qa.open('/?key=grace')
  await qa.server.waitFor(1, ({ path, body }) => path.startsWith('/testImpressions') && body.includes('grace'))
})

it.each(['storage-blocked', 'storage-hangs', 'quota-full'])('%s: the page decides and sends', async (fault) => {
  await qa.open(`/?fault=${fault}`)
  await decided()
  await qa.says('#client', 'ready')
  await qa.press('Send now')
  await qa.server.waitFor(1, '/testImpressions/bulk')
  expect(arrived()).toBeGreaterThan(5)
})

it('definitions:slow: the page decides all the same', async () => {
  await qa.open('/?fault=definitions:slow')
  await decided()
  const [request] = await qa.server.waitFor(1, '/splitChanges')
  expect(request?.status).toBe(200)
})

it.each([
  ['definitions:busy', '/splitChanges', 429],
  ['auth:broken', '/v2/auth', 500],
  ['memberships:broken', '/memberships', 500],
])('%s: the server answers so, and other pages hear of it', async (fault, path, status) => {
  await qa.open(`/?fault=${fault}`)
  await qa.server.waitFor(1, (request) => request.path.startsWith(path) && request.status === status)
  expect((await fetch(qa.server.apiUrl + path)).status).toBe(status)
})

it('streaming:hang: the stream has no answer', async () => {
  await qa.open('/?fault=streaming:hang')
  const [request] = await qa.server.waitFor(1, '/sse')
  // By now any answer that came before this one would show.
  expect((await fetch(`${qa.server.apiUrl}/nothing`)).status).toBe(404)
  expect(request?.status).toBeUndefined()
})

it('axe finds nothing', async () => {
  await qa.open('/faults.html?fault=offline')
  expect(await qa.audit()).toEqual([])
  await qa.open('/?fault=beacon-refused')
  await decided()
  expect(await qa.audit()).toEqual([])
})
