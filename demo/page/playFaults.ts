import { isFault, pageFaults } from './faults'

/** The names of the faults that the address asks for. */
export const wantedFaults = new URLSearchParams(location.search).getAll('fault').filter(isFault)

/**
 * Puts the faults of the address into play: those of the page by changing what the browser offers, before the SDK looks at it; those
 * of the server by telling it.
 */
export async function playFaults(): Promise<void> {
  for (const name of wantedFaults) play[name]?.()
  // The server is told even when there are none, because those of the page before end with it.
  await serverFaults(wantedFaults.filter((name) => !Object.hasOwn(pageFaults, name)))
}

const realFetch = fetch.bind(globalThis)
/** A `fetch` without the faults, for the requests of the page itself. */
const serverFaults = (faults: string[]) =>
  realFetch('/qa/faults', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults }),
  })

/** Whether an address is the API's, not this page's own. */
const isApi = (input: RequestInfo | URL) =>
  new URL(input instanceof Request ? input.url : input, location.href).origin !== location.origin
const isTelemetry = (input: RequestInfo | URL) =>
  isApi(input) && /\/(testImpressions|events|v1\/keys)\b/.test(input instanceof Request ? input.url : String(input))

function block(isBlocked: (input: RequestInfo | URL) => boolean) {
  const before = globalThis.fetch.bind(globalThis)
  globalThis.fetch = (input, init) =>
    isBlocked(input) ? Promise.reject(new TypeError('Failed to fetch')) : before(input, init)
  const beacon = navigator.sendBeacon.bind(navigator)
  // All that a browser says of a beacon is that it took it.
  navigator.sendBeacon = (url, data) => isBlocked(url) || beacon(url, data)
}

function replace(target: object, name: string, get: () => unknown) {
  Object.defineProperty(target, name, { configurable: true, get })
}

const play: Record<string, () => void> = {
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
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  },
  'quota-full'() {
    IDBObjectStore.prototype.put = function () {
      this.transaction.abort()
      throw new DOMException('No space left.', 'QuotaExceededError')
    }
  },
  crash() {
    // This listener is the first, so that no other one hears that the page ends.
    for (const type of ['beforeunload', 'pagehide', 'visibilitychange', 'freeze'])
      addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true })
  },
}
