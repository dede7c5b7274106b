import { hasFetch, request } from './request'
import { theNavigator } from './theNavigator'

/** Hands a text to the browser for delivery after the page is gone. */
export interface Beacon {
  /** `keepalive`: the fetch that stands in where there are no beacons. */
  readonly transport: 'beacon' | 'keepalive'
  /**
   * Adds what the text carries to `sent` if the browser takes it. Nothing comes in between: a closing Firefox may end the script as soon
   * as a function begins or returns, and dispatches the page's next event all the same.
   *
   * @returns whether the browser took it
   */
  send<Item>(url: string, body: string, carried: readonly Item[], sent: Item[]): boolean
}

/**
 * A text goes as `text/plain`: any other type needs a preflight across origins, which dies with the page
 * (PostHog/posthog-js#4139). `sendBeacon` may be missing, refuse, or throw (DataDog/browser-sdk#796).
 */
export function createBeacon(): Beacon {
  const navigator = theNavigator()
  const transport = typeof navigator?.sendBeacon === 'function' ? 'beacon' : 'keepalive'
  return {
    transport,
    send(url, body, carried, sent) {
      try {
        let isTaken: unknown
        // A wrapper of the page that answers anything but `true` says nothing: it may have dropped the text.
        if (transport === 'beacon') isTaken = (navigator as Navigator).sendBeacon(url, body)
        else {
          // The fetch has no header that needs a preflight, as the beacon has none.
          request(url, { method: 'POST', body, keepalive: true, mode: 'no-cors' }).catch(() => undefined)
          isTaken = hasFetch()
        }
        if (isTaken !== true) return false
        sent.push(...carried)
        return true
      } catch {
        return false
      }
    },
  }
}
