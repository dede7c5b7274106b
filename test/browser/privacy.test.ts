import { readFileSync } from 'node:fs'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Received } from '../../demo/server/createServer'
import { SHORT_NAME } from '../../mangledNames'
import type { Client } from '../../src/client/types/client'
import { launch } from './launch'
import { definitionsOf, flag, inSegment, openSite, rule, type Site } from './site'

// The scripts of the page see these globals.
declare const client: Client

const paper = readFileSync('docs/privacy.md', 'utf8')
const section = (title: string) => paper.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
/** The texts in backticks. */
const names = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
/** The documented addresses: path, and the names in its query. */
const addresses = [...section('Addresses').matchAll(/^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)]
  .slice(1)
  .flatMap(([, paths = '', about = '']) =>
    names(paths).map((path) => ({ path: path.replace(/^\w+ /, ''), query: names(about) })),
  )
const isAt = (path: string, { path: documented }: { path: string }) =>
  new RegExp(`^${documented.replace('<key>', '[^/]+')}$`).test(path)

/** The names of the documented headers, in lower case. A family such as `sec-fetch-*` stands for all its members. */
const headers = names(section('Headers')).map((name) => name.toLowerCase())
const isHeader = (name: string) => headers.includes(name) || /^sec-fetch-/.test(name)
const members = names(section('Bodies').split('\n\n')[1] ?? '')
const stored = names(section("On the user's own disk"))

function membersOf(body: string): string[] {
  const found: string[] = []
  if (body) {
    JSON.parse(body, (name, value: unknown) => {
      if (name && !/^\d+$/.test(name)) found.push(name)
      return value
    })
  }
  return found
}

/** The names of all properties in the databases and notes of a page. Runs in it. */
async function storedNames(): Promise<string[]> {
  const found = new Set<string>()
  const look = (value: unknown) => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Blob) return
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) found.add(name)
      look(inner)
    }
  }
  for (const text of Object.values({ ...localStorage })) {
    if (text.includes('{')) look(JSON.parse(text.slice(text.indexOf('{'))))
  }
  for (const { name = '' } of await indexedDB.databases()) {
    const open = indexedDB.open(name)
    await new Promise((resolve) => (open.onsuccess = resolve))
    for (const store of open.result.objectStoreNames) {
      const all = open.result.transaction(store).objectStore(store).getAll()
      await new Promise((resolve) => (all.onsuccess = resolve))
      look(all.result)
    }
    open.result.close()
  }
  return [...found]
}

let browser: Browser
let site: Site
let requests: Received[]
let disk: string[]
let records: string[]

beforeAll(async () => {
  browser = await launch({ windows: true })
  site = await openSite(browser, {
    definitions: definitionsOf([
      flag('plain'),
      flag('more'),
      flag('silent', { impressionsDisabled: true }),
      flag('staff', { conditions: [rule('on', inSegment('staff'))] }),
    ]),
    memberships: { 'user-1': { segments: ['staff'] } },
  })
  const page = await site.open({ key: { matchingKey: 'user-1', bucketingKey: 'bucket-1' }, allowOverrides: true })
  await site.ready(page)
  const decide = () =>
    page.evaluate(() => {
      client.getTreatments(['plain', 'silent', 'staff'], { secret: 'stays here' })
      client.getTreatment('more', { secret: 'stays here' }, { properties: { inCart: 3 } })
      client.track('clicked', { trafficType: 'user', value: 7, properties: { where: 'header' } })
    })
  await site.server.streaming.connected()
  await decide()
  await decide()
  await page.evaluate(() => client.flush())
  // A change that streams tell of without its definition is fetched.
  site.server.changeFlag('plain', { defaultTreatment: 'other' }, { announce: 'bare' })
  await site.server.waitFor(1, ({ headers }) => headers['cache-control'] === 'no-cache' && !!headers['authorization'])
  await page.evaluate(() => {
    client.overrides?.set('more', 'off')
    client.getTreatment('not_there')
    client.getTreatment('silent')
    client.getTreatment('plain')
    client.getTreatment('plain')
    client.track('left', { trafficType: 'user' })
  })
  await page.goto(site.address('/next.html'))
  await site.server.waitFor(4, ({ path }) => path.endsWith('/beacon'))
  disk = await page.evaluate(async () => [
    ...(await indexedDB.databases()).map(({ name }) => name as string),
    ...Object.keys(localStorage),
    ...Object.keys(sessionStorage),
    ...document.cookie.split(';').filter(Boolean),
  ])
  records = await page.evaluate(storedNames)
  requests = site.server.received.filter(({ method }) => method !== 'OPTIONS')
})
afterAll(async () => {
  await site?.close()
  await browser?.close()
})

describe('docs/privacy.md names', () => {
  it('every address, and no other', () => {
    expect(addresses.length).toBeGreaterThan(10)
    const unknown = requests.filter(({ path }) => !addresses.some((address) => isAt(path, address)))
    expect(unknown.map(({ path }) => path)).toEqual([])
    const unused = addresses.filter((address) => !requests.some(({ path }) => isAt(path, address)))
    expect(unused.map(({ path }) => path)).toEqual([])
  })

  it('what is in each address', () => {
    for (const { path, url } of requests) {
      const { query = [] } = addresses.find((address) => isAt(path, address)) ?? {}
      for (const name of new URL(url, 'http://127.0.0.1').searchParams.keys()) {
        expect(query, `${path} has ${name}`).toContain(name)
      }
    }
    const withKey = requests.filter(({ url }) => url.includes('user-1')).map(({ path }) => path.split('/')[1])
    expect([...new Set(withKey)].sort()).toEqual(['memberships', 'v2'])
  })

  it('every header', () => {
    for (const { path, headers } of requests) {
      expect(
        Object.keys(headers).filter((name) => !isHeader(name)),
        path,
      ).toEqual([])
    }
  })

  it('every member of every body, and attributes are in none', () => {
    const given = ['inCart', 'where']
    for (const { path, url, body } of requests) {
      expect(
        membersOf(body).filter((name) => ![...members, ...given].includes(name)),
        path,
      ).toEqual([])
      expect(`${url} ${body}`).not.toContain('stays here')
    }
    const sent = new Set(requests.flatMap(({ body }) => membersOf(body)))
    // Only a later page sends `pt`.
    expect(members.filter((name) => !sent.has(name) && name !== 'pt')).toEqual([])
  })

  it('what is stored by names that the next release knows: none is one that the build made', () => {
    expect(records).toEqual(expect.arrayContaining(['changeNumbers', 'confirmedAt', 'traits', 'outcomes']))
    expect(records.filter((name) => SHORT_NAME.test(name))).toEqual([])
  })

  it('everything that is stored', () => {
    expect(disk).toContain('pennon-definitions')
    expect(disk.filter((name) => !stored.some((documented) => name.startsWith(documented)))).toEqual([])
  })
})
