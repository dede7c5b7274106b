import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { can } from '../engine'
import { launch } from '../launch'
import { openToolPage, type ToolPage } from './openToolPage'

let browser: Browser
let tool: ToolPage
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
afterEach(() => tool.close())

const open = async (options: Parameters<typeof openToolPage>[1]) => (tool = await openToolPage(browser, options))

/** Checks that neither key nor attributes were sent, and that nothing was logged. */
const isPrivate = async () => {
  expect(tool.sent()).not.toContain('user-1')
  expect(tool.sent()).not.toContain('stays here')
  expect(await tool.logged()).toEqual([])
}

describe.skipIf(!can.interception)('the real package', () => {
  it('@amplitude/analytics-browser sends $exposure', async () => {
    await open({
      code: `import * as instance from '@amplitude/analytics-browser'
        import { amplitude } from './dist/integrations/amplitude.js'
        instance.init('a'.repeat(32), { autocapture: false, flushIntervalMillis: 50, remoteConfig: { fetchRemoteConfig: false } })
        const settings = { integrations: [amplitude({ instance })] }`,
    })
    await tool.decide('checkout', 'checkout')
    await tool.arrived(/"event_type":"\$exposure".*"flag_key":"checkout","variant":"on"/)
    expect(tool.sent().match(/\$exposure/g)).toHaveLength(1)
    expect(tool.sent()).toContain('"label":"a rule"')
    await isPrivate()
  })

  it('mixpanel-browser sends $experiment_started', async () => {
    await open({
      code: `import instance from 'mixpanel-browser'
        import { mixpanel } from './dist/integrations/mixpanel.js'
        instance.init('token', { batch_flush_interval_ms: 100, persistence: 'localStorage' })
        const settings = { integrations: [mixpanel({ instance })] }`,
    })
    await tool.decide('checkout')
    await tool.arrived(/"\$experiment_started".*"Experiment name":\s*"checkout".*"Variant name":\s*"on"/)
    await isPrivate()
  })

  it('@segment/analytics-next sends Experiment Viewed', async () => {
    await open({
      code: `import { AnalyticsBrowser } from '@segment/analytics-next'
        import { segment } from './dist/integrations/segment.js'
        const instance = AnalyticsBrowser.load({ writeKey: 'key' })
        const settings = { integrations: [segment({ instance })] }`,
      answer: (request) =>
        request.url().includes('/settings')
          ? JSON.stringify({ integrations: { 'Segment.io': { apiKey: 'key' } }, plan: {} })
          : undefined,
    })
    await tool.decide('checkout')
    await tool.arrived(/"event":"Experiment Viewed"/)
    expect(tool.sent()).toMatch(/"experiment_id":"checkout","experiment_name":"checkout","variation_id":"on"/)
    await isPrivate()
  })

  it('@bugsnag/browser sends the treatments with an error', async () => {
    await open({
      code: `import Bugsnag from '@bugsnag/browser'
        import { bugsnag } from './dist/integrations/bugsnag.js'
        globalThis.Bugsnag = Bugsnag
        const settings = { integrations: [bugsnag()] }`,
    })
    await tool.decide('checkout')
    await tool.page.evaluate(`Bugsnag.start({ apiKey: 'a'.repeat(32), logger: null })`)
    await tool.decide('search')
    await expect.poll(() => tool.page.evaluate(`Bugsnag._client._features.length`), { timeout: 10_000 }).toBe(2)
    await tool.page.evaluate(`Bugsnag.notify(new Error('broken'))`)
    await tool.arrived(/"featureFlags":\[\{"featureFlag":"checkout","variant":"on"\},\{"featureFlag":"search"/)
    await isPrivate()
  })

  it('@mparticle/web-sdk sends a custom event', async () => {
    await open({
      code: `import instance from '@mparticle/web-sdk'
        import { mParticle } from './dist/integrations/mParticle.js'
        globalThis.mParticle.config = globalThis.mParticle.config ?? {}
        instance.init('key', { isDevelopmentMode: true, requestConfig: false, uploadInterval: 100, flags: { eventsV3: 100, eventBatchingIntervalMillis: 100 }, logLevel: 'none' })
        const settings = { integrations: [mParticle()] }`,
      answer: () => JSON.stringify({ mpid: '1', is_ephemeral: false, context: '', matched_identities: {} }),
    })
    await tool.decide('checkout')
    await tool.arrived(/"event_name":"Flag Exposure"/)
    expect(tool.sent()).toMatch(/"flag":"checkout","treatment":"on"/)
    await isPrivate()
  })

  it('@fullstory/browser queues trackEvent for its script', async () => {
    await open({
      code: `import { FullStory, init } from '@fullstory/browser'
        import { fullStory } from './dist/integrations/fullStory.js'
        init({ orgId: 'o-1' })
        const settings = { integrations: [fullStory({ instance: FullStory })] }`,
      // FullStory's own script is not in the package: this one hands on what waits for it.
      answer: (request) =>
        request.url().includes('/fs.js')
          ? `const waiting = () => JSON.stringify(FS.q)
             setInterval(() => fetch('https://rs.fullstory.com/', { method: 'POST', body: waiting() }), 200)`
          : undefined,
    })
    await tool.decide('checkout')
    await tool.arrived(/trackEvent.*"name":"Flag Exposure".*"flag":"checkout"/)
    await isPrivate()
  })

  it('@newrelic/browser-agent sends a page action, and the treatment as an attribute', async () => {
    await open({
      code: `import { BrowserAgent } from '@newrelic/browser-agent/loaders/browser-agent'
        import { newRelic } from './dist/integrations/newRelic.js'
        const instance = new BrowserAgent({
          init: { distributed_tracing: { enabled: false }, privacy: { cookies_enabled: true }, ajax: { deny_list: [] }, harvest: { interval: 1 } },
          info: { beacon: 'bam.nr-data.net', errorBeacon: 'bam.nr-data.net', licenseKey: 'key', applicationID: '1', sa: 1 },
          loader_config: { accountID: '1', trustKey: '1', agentID: '1', licenseKey: 'key', applicationID: '1' },
        })
        const settings = { integrations: [newRelic({ instance })] }`,
      answer: () =>
        JSON.stringify({
          stn: 0,
          sr: 0,
          err: 1,
          ins: 1,
          spa: 0,
          loaded: 1,
          app: { agents: [{ entityGuid: 'g' }], nrServerTime: 1 },
        }),
    })
    await tool.decide('checkout')
    await tool.page.goto(new URL('/next.html', tool.server.pageUrl).href)
    await tool.arrived(/"actionName":"exposure"/)
    expect(tool.sent()).toMatch(/"flag_checkout":"on"/)
  })
})
