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
  if (typeof navigator?.sendBeacon === 'function') {
    return {
      transport: 'beacon',
      send(url, body) {
        try {
          return navigator.sendBeacon(url, body)
        } catch {
          return false
        }
      },
    }
  }
  return {
    transport: 'keepalive',
    send(url, body) {
      try {
        // The same request: no header that needs a preflight.
        fetch(url, {
          method: 'POST',
          body,
          keepalive: true,
          mode: 'no-cors',
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
        }).catch(() => undefined)
        return true
      } catch {
        return false
      }
    },
  }
}
