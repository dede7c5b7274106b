import { SDK_VERSION } from './version'
import type { Log } from './log'

/** The headers of every request, by what one request adds to them. */
export type Headers = (extra?: Record<string, string>) => Record<string, string>

/** @param change the application's changes. It is foreign code: what it throws is logged once, and costs only the changes */
export function createHeaders(
  sdkKey: string,
  change: ((headers: Record<string, string>) => Record<string, string>) | undefined,
  log: Pick<Log, 'once'>,
): Headers {
  return (extra) => {
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${sdkKey}`,
      SplitSDKVersion: SDK_VERSION,
      ...extra,
    }
    try {
      return { ...(change?.({ ...headers }) ?? headers) }
    } catch (fault) {
      log.once('error', 'headers', 'headers threw', fault)
      return headers
    }
  }
}
