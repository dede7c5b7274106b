import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../browser/crowd/bundle'
import { describeCrowds } from '../browser/crowd/describeCrowds'
import { launch } from '../browser/launch'
import { openToolPage, type ToolPage } from '../browser/integrations/openToolPage'

// Tools whose packages are too large for the clone.
let folder: string
let browser: Browser
let tool: ToolPage
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-tools-'))
  cpSync(fileURLToPath(new URL('tools', import.meta.url)), folder, { recursive: true })
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
    shell: process.platform === 'win32',
  })
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = async (code: string) =>
  (tool = await openToolPage(browser, { code, modules: join(folder, 'node_modules') }))

/** Checks that neither key nor attributes were sent, and that nothing was logged. */
const isPrivate = async () => {
  expect(tool.sent()).not.toContain('user-1')
  expect(tool.sent()).not.toContain('stays here')
  expect(await tool.logged()).toEqual([])
}

describe('the real package', () => {
  afterEach(() => tool.close())

  it('@sentry/browser sends the treatments with an error', async () => {
    await open(`import * as Sentry from '@sentry/browser'
      import { sentry } from './dist/integrations/sentry.js'
      Sentry.init({ dsn: 'https://key@o1.ingest.sentry.io/1', // Its breadcrumbs have the address of every request on the page.
        integrations: (all) => [...all.filter(({ name }) => name !== 'Breadcrumbs'), Sentry.featureFlagsIntegration()] })
      Object.assign(globalThis, { Sentry })
      const settings = { integrations: [sentry()] }`)
    await tool.decide('checkout', 'search')
    await tool.page.evaluate(`Sentry.captureException(new Error('broken'))`)
    await tool.arrived(/"flags":\{"values":\[\{"flag":"checkout","result":true\},\{"flag":"search","result":true\}/)
    await isPrivate()
  })

  it('@datadog/browser-rum sends the treatment with the view', async () => {
    await open(`import { datadogRum as instance } from '@datadog/browser-rum'
      import { datadogRum } from './dist/integrations/datadogRum.js'
      instance.init({ applicationId: 'a', clientToken: 'pub0', site: 'datadoghq.com', sessionSampleRate: 100, trackingConsent: 'granted' })
      const settings = { integrations: [datadogRum({ instance })] }`)
    await tool.decide('checkout')
    await tool.page.goto(new URL('/next.html', tool.server.pageUrl).href)
    await tool.arrived(/"feature_flags":\{"checkout":"on"/)
  })

  it('posthog-js captures $feature_flag_called', async () => {
    await open(`import instance from 'posthog-js'
      import { posthog } from './dist/integrations/posthog.js'
      instance.init('phc_key', { api_host: 'https://posthog.example', autocapture: false, opt_out_useragent_filter: true, advanced_disable_decide: true, disable_compression: true, request_batching: false, disable_session_recording: true })
      const settings = { integrations: [posthog({ instance })] }`)
    await tool.decide('checkout')
    await tool.arrived(/"event":"\$feature_flag_called".*"\$feature_flag":"checkout","\$feature_flag_response":"on"/)
    await isPrivate()
  })

  it('@opentelemetry/api-logs takes feature_flag.evaluation', async () => {
    await open(`import { LoggerProvider, InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
      import { openTelemetry } from './dist/integrations/openTelemetry.js'
      const exporter = new InMemoryLogRecordExporter()
      const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
      Object.assign(globalThis, { records: () => exporter.getFinishedLogRecords().map(({ eventName, attributes }) => ({ eventName, ...attributes })) })
      const settings = { integrations: [openTelemetry({ instance: provider.getLogger('pennon') })] }`)
    await tool.decide('checkout')
    await expect
      .poll(() => tool.page.evaluate('records()'))
      .toEqual([
        {
          eventName: 'feature_flag.evaluation',
          'feature_flag.key': 'checkout',
          'feature_flag.provider.name': 'pennon',
          'feature_flag.result.variant': 'on',
          'feature_flag.version': '1700000000123',
          'pennon.label': 'a rule',
        },
      ])
  })
})

/** An application's module with a tool in it, which sends to an address that is not this machine's. */
const scriptOf = (contents: string) => () => bundle(contents, { format: 'iife', modules: join(folder, 'node_modules') })
// A page on which nothing is wrapped would show nothing: it fails.
// Headers of a trace go to the page's own host only, as is the tools' default: no service of flags allows them, whatever the SDK.
describeCrowds(
  {
    'Sentry, which measures every request and records bodies': {
      script: scriptOf(`import * as Sentry from '@sentry/browser'
        Sentry.init({ dsn: 'https://key@o1.ingest.sentry.io/1', tracesSampleRate: 1, release: '1',
          replaysSessionSampleRate: 1, sendDefaultPii: true,
          integrations: [Sentry.browserTracingIntegration(), Sentry.httpClientIntegration(), Sentry.browserApiErrorsIntegration(),
            Sentry.replayIntegration({ networkDetailAllowUrls: [/./], networkCaptureBodies: true, useCompression: false })] })
        // Its wrapper calls itself native code.
        if (!fetch.__sentry_original__) window.fetch = undefined`),
    },
    'Datadog RUM, which measures every request': {
      script: scriptOf(`import { datadogRum } from '@datadog/browser-rum'
        datadogRum.init({ applicationId: 'a', clientToken: 'pub0', site: 'datadoghq.com', sessionSampleRate: 100, trackResources: true,
          trackUserInteractions: true, trackLongTasks: true, sessionReplaySampleRate: 0 })
        if (String(fetch).includes('native code')) window.fetch = undefined`),
    },
    'bluebird in place of Promise': {
      script: scriptOf(`import Bluebird from 'bluebird'
        window.Promise = Bluebird`),
    },
    'lockdown() of SES': {
      script: scriptOf(`import 'ses'
        lockdown()`),
    },
    'PostHog, which captures everything': {
      script: scriptOf(`import posthog from 'posthog-js'
        posthog.init('phc_key', { api_host: 'https://posthog.example', autocapture: true, capture_performance: true,
          opt_out_useragent_filter: true, session_recording: { recordHeaders: true, recordBody: true } })`),
    },
  },
  () => browser,
)
