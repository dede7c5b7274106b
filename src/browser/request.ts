/** As many connections as a browser opens to one host over HTTP/1.1: of more requests at a time some would wait in the browser. */
export const MOST_CONNECTIONS = 6

/** Every request of pennon goes without cookies or other credentials, and without a referrer. */
const PRIVATE: RequestInit = { credentials: 'omit', referrerPolicy: 'no-referrer' }

/**
 * Fetches by URL and plain options. Scripts that wrap `fetch`, to add headers or to record traffic, read these and break on a
 * `Request` (mixpanel-browser 2.82 does).
 *
 * @returns a promise that rejects when no answer came, also where there is no `fetch`
 */
export async function request(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, ...PRIVATE })
}

export const hasFetch = (): boolean => typeof fetch === 'function'
