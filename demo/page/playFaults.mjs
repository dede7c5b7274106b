// @ts-check
import { byId, element } from './element.mjs'
import { isFault, pageFaults } from './faults'

/**
 * Puts the faults of the address into play: those of the page by changing what the browser offers, before the SDK looks at
 * it; those of the server by telling it. A bar says which there are.
 */
export async function playFaults() {
  const names = new URLSearchParams(location.search).getAll('fault').filter(isFault)
  for (const name of names) play[name]?.()
  showBar(names)
  // Also when there are none: those of the page before are over.
  await serverFaults(names.filter((name) => !Object.hasOwn(pageFaults, name)))
}

const realFetch = fetch.bind(globalThis)
/** The page's own requests go past its faults. @param {string[]} faults */
const serverFaults = (faults) =>
  realFetch('/qa/faults', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults }),
  })

/** Whether an address is the API's, not this page's own. @param {RequestInfo | URL} input */
const isApi = (input) => new URL(input instanceof Request ? input.url : input, location.href).origin !== location.origin
const isTelemetry = (/** @type {RequestInfo | URL} */ input) =>
  isApi(input) && /\/(testImpressions|events|v1\/keys)\b/.test(input instanceof Request ? input.url : String(input))

/** @param {(input: RequestInfo | URL) => boolean} isBlocked */
function block(isBlocked) {
  const before = globalThis.fetch.bind(globalThis)
  globalThis.fetch = (input, init) =>
    isBlocked(input) ? Promise.reject(new TypeError('Failed to fetch')) : before(input, init)
  const beacon = navigator.sendBeacon.bind(navigator)
  // Of a beacon the browser only says that it took it.
  navigator.sendBeacon = (url, data) => isBlocked(url) || beacon(url, data)
}

/**
 * @param {object} target
 * @param {string} name
 * @param {() => unknown} get
 */
function replace(target, name, get) {
  Object.defineProperty(target, name, { configurable: true, get })
}

/** @type {Record<string, () => void>} */
const play = {
  offline() {
    replace(navigator, 'onLine', () => false)
    block(isApi)
  },
  'telemetry-blocked': () => block(isTelemetry),
  'beacon-refused'() {
    navigator.sendBeacon = () => false
  },
  'storage-blocked'() {
    replace(globalThis, 'indexedDB', () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    })
  },
  'storage-hangs'() {
    IDBFactory.prototype.open = () => /** @type {any} */ (new EventTarget())
  },
  'quota-full'() {
    IDBObjectStore.prototype.put = function () {
      this.transaction.abort()
      throw new DOMException('No space left.', 'QuotaExceededError')
    }
  },
  crash() {
    // Before anybody else's listeners: nobody hears that the page ends.
    for (const type of ['beforeunload', 'pagehide', 'visibilitychange', 'freeze'])
      addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true })
  },
}

/** @param {string[]} names */
function showBar(names) {
  const bar = byId('faults')
  bar.hidden = names.length === 0
  if (bar.hidden) return
  const without = (/** @type {string} */ name) => {
    const query = new URLSearchParams(location.search)
    query.delete('fault')
    for (const other of names) if (other !== name) query.append('fault', other)
    return `/?${query}`
  }
  bar.replaceChildren(
    element('strong', {}, 'Faults in play'),
    ...names.map((name) =>
      element(
        'a',
        { class: 'badge', href: without(name), 'aria-label': `End the fault ${name}` },
        pageFaults[name]?.title ?? name.replace(':', ': '),
        ' ×',
      ),
    ),
  )
}
