import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle'
import { likePrototypeJs, likePrototypeJs16 } from './prototypeJs'

/** Other people's scripts on a page, which run before pennon does. */
export interface Crowd {
  /** The text of a classic script. */
  script: () => string | Promise<string>
  /** Headers of the page. */
  headers?: Record<string, string>
}

/** A file of a package, as it is served to pages. */
const file = (path: string) => () => readFileSync(join('node_modules', path), 'utf8')
/** A function that runs in the page: it sees nothing of its file. */
const run =
  (...functions: (() => void)[]) =>
  () =>
    functions.map((each) => `(${each.toString()})()`).join('\n')
/** An application's module with a tool in it. */
const tool = (contents: string) => () => bundle(contents, { format: 'iife' })

/** Takes built-ins away that core-js brings, so that pennon runs on core-js's. */
function likeAnOldBrowser(): void {
  const lost: [object, string[]][] = [
    [window, ['Promise', 'structuredClone', 'queueMicrotask', 'URLSearchParams']],
    [Array, ['from', 'of']],
    [Object, ['entries', 'values', 'fromEntries', 'hasOwn']],
    [Array.prototype, ['at', 'flat', 'flatMap', 'includes', 'find', 'entries']],
    [String.prototype, ['at', 'padStart', 'replaceAll', 'matchAll', 'startsWith', 'endsWith']],
    [Number, ['isSafeInteger', 'isFinite']],
  ]
  for (const [owner, names] of lost) for (const name of names) delete (owner as Record<string, unknown>)[name]
}

/** Wrappers as sites write them: one adds headers, one reads the address as a text, one the body and the headers. */
function wrapFetch(): void {
  const seen: string[] = []
  const first = window.fetch
  window.fetch = (input, init = {}) =>
    first(input, { ...init, headers: { ...(init.headers as object), 'Cache-Control': 'max-age=0' } })
  const second = window.fetch
  window.fetch = (input, init) => {
    if ((input as string).indexOf('/api') < 0) seen.push((input as string).toLowerCase())
    return second(input, init)
  }
  const third = window.fetch
  window.fetch = function (...given) {
    const [, { method, body, headers } = {}] = given
    if (method === 'POST') JSON.parse(body as string)
    for (const name of Object.keys(headers as object)) seen.push(name.toLowerCase())
    return third.apply(this, given)
  }
}

/** Members that every object has, and that `for…in` shows. */
function extendObjects(): void {
  Object.assign(Object.prototype, {
    extend(this: object, other: object) {
      return Object.assign(this, other)
    },
    each() {},
    size: () => 0,
    title: 'shop',
    isEmpty: false,
    toJSON: () => 'an object',
  })
}

/** As libraries that guard against polluted prototypes do: an assignment to a member of that name then throws. */
function freezePrototypes(): void {
  const owners = [Object, Array, Function, String, Number, Error, Promise, Map, Set, RegExp, Date, Uint8Array]
  for (const { prototype } of owners) Object.freeze(prototype)
}

/** Does what privacy extensions do, and wrappers that drop or refuse a listener, lose a timer's id or stop a clock. */
function takeAway(): void {
  performance.now = () => 1_234.5
  Reflect.deleteProperty(window, 'queueMicrotask')
  Reflect.deleteProperty(window, 'structuredClone')
  Reflect.deleteProperty(Crypto.prototype, 'randomUUID')
  const { setTimeout } = window
  Object.assign(window, { setTimeout: (run: () => void, ms?: number) => void setTimeout(run, ms) })
  const { addEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (options === true) throw new TypeError('listeners that capture are not supported')
    addEventListener.call(this, type, listener, options)
  }
  Object.defineProperty(window, 'localStorage', {
    get() {
      throw new DOMException('denied', 'SecurityError')
    },
  })
  const own = window.addEventListener.bind(window) as (...given: unknown[]) => void
  window.addEventListener = (type: string, ...given: unknown[]) => {
    if (type !== 'pagehide') own(type, ...given)
  }
}

export const CROWDS: Record<string, Crowd> = {
  'nothing else': { script: () => '' },
  'Prototype.js 1.7': { script: run(likePrototypeJs) },
  'Prototype.js 1.6': { script: run(likePrototypeJs, likePrototypeJs16) },
  Datejs: { script: file('datejs/lib/date.js') },
  'zone.js': { script: file('zone.js/bundles/zone.umd.js') },
  'core-js in place of what the browser has': {
    script: () => `${run(likeAnOldBrowser)()}\n${file('core-js-bundle/index.js')()}`,
  },
  'wrappers around fetch': { script: run(wrapFetch) },
  'mixpanel-browser, which records the network': {
    script: tool(`import mixpanel from 'mixpanel-browser'
      mixpanel.init('token', { api_host: location.origin + '/mixpanel', record_network: true, record_sessions_percent: 100,
        autocapture: true, record_network_options: { recordHeaders: true, recordBody: true, recordInitialRequests: true } })`),
  },
  'the New Relic agent': {
    script: tool(`import { BrowserAgent } from '@newrelic/browser-agent/loaders/browser-agent'
      new BrowserAgent({
        init: { ajax: { deny_list: [], enabled: true }, distributed_tracing: { enabled: true } },
        info: { beacon: location.host, errorBeacon: location.host, licenseKey: 'key', applicationID: '1', sa: 1 },
        loader_config: { accountID: '1', trustKey: '1', agentID: '1', licenseKey: 'key', applicationID: '1' },
      })`),
  },
  Bugsnag: {
    script: tool(`import Bugsnag from '@bugsnag/browser'
      Bugsnag.start({ apiKey: 'a'.repeat(32), logger: null, endpoints: { notify: location.origin + '/bugsnag', sessions: location.origin + '/bugsnag' } })`),
  },
  'Amplitude, which captures the network': {
    script: tool(`import * as amplitude from '@amplitude/analytics-browser'
      amplitude.init('key', { serverUrl: location.origin + '/amplitude', fetchRemoteConfig: false, autocapture: { networkTracking: true, elementInteractions: true } })`),
  },
  'OpenTelemetry, which measures every fetch': {
    script: tool(`import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch'
      import { WebTracerProvider } from '@opentelemetry/sdk-trace-web'
      const tracerProvider = new WebTracerProvider()
      const instrumentation = new FetchInstrumentation({ measureRequestSize: true, applyCustomAttributesOnSpan() {} })
      instrumentation.setTracerProvider(tracerProvider)
      // A page on which nothing is wrapped proves nothing, so the test fails.
      if (String(fetch).includes('native code')) window.fetch = undefined`),
  },
  'a clock that stands, timers without a name, no pagehide, no listener that captures, no localStorage': {
    script: run(takeAway),
  },
  'members of Object.prototype': { script: run(extendObjects) },
  'frozen prototypes': { script: run(freezePrototypes) },
  'a strict content policy with Trusted Types': {
    script: () => '',
    headers: {
      'content-security-policy':
        "default-src 'none'; script-src 'self'; connect-src http://127.0.0.1:*; require-trusted-types-for 'script'; trusted-types 'none'",
    },
  },
}
