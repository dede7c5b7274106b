/**
 * Hands a text to the browser for delivery after the page is gone. A text goes as `text/plain`: any other type needs a
 * preflight across origins, which dies with the page (PostHog/posthog-js#4139).
 *
 * @returns whether the browser took it. It may be missing, refuse, or throw (DataDog/browser-sdk#796)
 */
export function sendBeacon(url: string, body: string): boolean {
  try {
    return navigator.sendBeacon(url, body)
  } catch {
    return false
  }
}
