import { hasFetch, request } from './request'
import { theNavigator } from './theNavigator'

/** Hands a text to the browser for delivery after the page is gone. */
export interface Beacon {
  /** `keepalive`: the fetch that stands in where there are no beacons. */
  readonly transport: 'beacon' | 'keepalive'
  /** @returns whether the browser took it */
  send(url: string, body: string): boolean
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
    send(url, body) {
      try {
        // A wrapper of the page that answers anything but `true` says nothing: it may have dropped the text.
        if (transport === 'beacon') return ((navigator as Navigator).sendBeacon(url, body) as unknown) === true
        // The same request: no header that needs a preflight.
        request(url, { method: 'POST', body, keepalive: true, mode: 'no-cors' }).catch(() => undefined)
        return hasFetch()
      } catch {
        return false
      }
    },
  }
}
