import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launch } from '../browser/launch'
import { leaveBy, LEAVINGS } from '../browser/leaveBy'
import { flagNames, isBulk } from '../browser/shop'
import { visibility } from '../browser/site'
import { openServices, type Services } from './openServices'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see these globals.
declare const clients: Record<string, Client>
declare const act: (moment: string) => void

let browser: Browser
let services: Services
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => services.close())

const nextPage = () => new URL('/next.html', services.shop.server.pageUrl).href

/** The moments at which a client is destroyed, each of another one of the same page. The page hears an event before pennon does, or after. */
const MOMENTS = [
  'never',
  'before the page goes',
  'before the page goes, awaited',
  ...['beforeunload', 'visibilitychange', 'pagehide'].flatMap((type) => [`before ${type}`, `after ${type}`]),
]

describe('destroy() at any moment of a page that goes', () => {
  it.each([...LEAVINGS, 'close of a hidden tab'] as const)('by %s: all arrive, each once', async (how) => {
    services = await openServices(browser, MOMENTS)
    const { context } = services.shop
    // A browser may end with its last tab.
    const other = await context.newPage()
    await other.goto(nextPage())
    const page = await context.newPage()
    await page.evaluateOnNewDocument(() => {
      const hear = (place: string, isCapturing: boolean) => {
        for (const type of ['beforeunload', 'pagehide', 'visibilitychange']) {
          const target = type === 'visibilitychange' ? document : globalThis
          target.addEventListener(type, () => 'act' in globalThis && act(`${place} ${type}`), isCapturing)
        }
      }
      // pennon's listener captures, too, and comes after the one that was added first.
      hear('before', true)
      hear('after', false)
    })
    await services.enter(page)
    for (const server of services.servers.values()) server.fault(isBulk, { delayMs: 300 })
    await page.evaluate(async (names) => {
      for (const client of Object.values(clients)) client.getTreatments(names)
      Object.assign(globalThis, { act: (moment: string) => void clients[moment]?.destroy() })
      await clients['before the page goes, awaited']?.destroy()
      void clients['before the page goes']?.destroy()
    }, flagNames(20))
    if (how === 'close of a hidden tab') {
      await other.bringToFront()
      await visibility(page, 'hidden')
    }
    await leaveBy(how === 'close of a hidden tab' ? 'close' : how, page, nextPage())
    // A hidden page leaves what others left to visible ones for a minute.
    await other.bringToFront()
    const next = await services.enter(other)
    await services.post(next, ['flag_20'])
    await services.settled(next, flagNames(21))
  })
})
