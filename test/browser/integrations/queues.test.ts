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
/** Waits until the page's `calls` has so many entries, and gives them. */
const calls = async (count: number) => {
  await expect.poll(() => tool.page.evaluate('calls.length'), { timeout: 10_000 }).toBe(count)
  return (await tool.page.evaluate('calls')) as unknown[][]
}
const record = 'const calls = []; const recorder = (name) => (...given) => void calls.push([name, ...given])'

describe.skipIf(!can.interception)('a recording of the documented queue', () => {
  it('gtag gets experience_impression within the limits of GA4', async () => {
    await open({
      head: '<script>var dataLayer = []; function gtag() { dataLayer.push(arguments) }; var calls = dataLayer</script>',
      code: `import { googleAnalytics } from './dist/integrations/googleAnalytics.js'
        const settings = { integrations: [googleAnalytics()] }`,
    })
    await tool.decide('checkout', 'x'.repeat(300))
    const sent = (await calls(2)).map((each) => Object.values(each))
    expect(sent[0]).toEqual([
      'event',
      'experience_impression',
      expect.objectContaining({ exp_variant_string: 'pennon-checkout-on', flag: 'checkout', label: 'a rule' }),
    ])
    expect(sent[1]?.[2]).toMatchObject({
      exp_variant_string: `pennon-${'x'.repeat(59)}…-on`,
      flag: `${'x'.repeat(99)}…`,
    })
    for (const parameters of sent.map((each) => each[2] as object)) {
      expect(Object.keys(parameters).length).toBeLessThanOrEqual(25)
      expect(parameters).not.toHaveProperty('key')
      expect(parameters).not.toHaveProperty('attributes')
    }
  })

  it('Heap gets an event property and an event', async () => {
    await open({
      head: `<script>${record}; heap = { track: recorder('track'), addEventProperties: recorder('add') }</script>`,
      code: `import { heap } from './dist/integrations/heap.js'
        const settings = { integrations: [heap()], labelsEnabled: false }`,
    })
    await tool.decide('checkout')
    const [add, track] = await calls(2)
    expect(add).toEqual(['add', { 'flag.checkout': 'on' }])
    expect(track).toEqual(['track', 'Flag Exposure', expect.objectContaining({ flag: 'checkout', treatment: 'on' })])
    expect(track?.[2]).not.toHaveProperty('label')
  })

  it('Quantum Metric gets the numeric id and one text, once it is there', async () => {
    await open({
      head: `<script>${record}</script>`,
      code: `import { quantumMetric } from './dist/integrations/quantumMetric.js'
        const settings = { integrations: [quantumMetric({ eventId: 7 })] }`,
    })
    await tool.decide('checkout', 'search', 'checkout')
    await tool.page.evaluate(`QuantumMetricAPI = { sendEvent: recorder('sendEvent') }`)
    expect(await calls(2)).toEqual([
      ['sendEvent', 7, 0, 'checkout - on'],
      ['sendEvent', 7, 0, 'search - on'],
    ])
  })
})

describe.skipIf(!can.interception)('a tool that is broken', () => {
  it('costs one line, and the others go on', async () => {
    await open({
      head: `<script>${record}; heap = { track() { throw new Error('broken') } , addEventProperties() {} }; QuantumMetricAPI = { sendEvent: recorder('sendEvent') }</script>`,
      code: `import { heap } from './dist/integrations/heap.js'
        import { quantumMetric } from './dist/integrations/quantumMetric.js'
        const worse = { name: 'worse', start() { throw new Error('never') }, impression() {}, stop() {} }
        const settings = { integrations: [worse, heap(), quantumMetric({ eventId: 7 })] }`,
    })
    await tool.decide('checkout', 'search')
    await calls(2)
    expect(await tool.logged()).toEqual([
      'pennon: worse: the integration threw: Error: never',
      'pennon: heap: Error: broken',
    ])
  })
})

describe.skipIf(!can.interception)('consent', () => {
  it('holds impressions back while it is unknown, and forgets them when it is declined', async () => {
    await open({
      head: `<script>${record}; QuantumMetricAPI = { sendEvent: recorder('sendEvent') }</script>`,
      code: `import { quantumMetric } from './dist/integrations/quantumMetric.js'
        const settings = { consent: 'unknown', integrations: [quantumMetric({ eventId: 7 })] }`,
    })
    await tool.decide('checkout')
    expect(await calls(0)).toEqual([])
    await tool.page.evaluate(`client.consent.set('declined'), client.consent.set('granted')`)
    await tool.decide('search')
    expect(await calls(1)).toEqual([['sendEvent', 7, 0, 'search - on']])
  })
})
