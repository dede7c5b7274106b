import { isFault, pageFaults } from './faults'

/** Names of the faults that the address asks for. */
export const wantedFaults = new URLSearchParams(location.search).getAll('fault').filter(isFault)

/**
 * Puts the faults of the address into play: those of the page by changing what the browser offers, before the SDK looks at it; those
 * of the server by telling it.
 */
export async function playFaults(): Promise<void> {
  for (const name of wantedFaults) play[name]?.()
  // The server hears it also when there are none: those of the page before are over.
  await serverFaults(wantedFaults.filter((name) => !Object.hasOwn(pageFaults, name)))
}

const realFetch = fetch.bind(globalThis)
/** The page's own requests go past its faults. */
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
  // The browser says no more of a beacon than that it took it.
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
    // This comes before anybody else's listeners, so that nobody hears that the page ends.
    for (const type of ['beforeunload', 'pagehide', 'visibilitychange', 'freeze'])
      addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true })
  },
}
