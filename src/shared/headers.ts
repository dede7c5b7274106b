import { SDK_VERSION } from './version'
import type { Log } from './log'

/** Makes the headers of one request; `extra` are those that it alone has. */
export type Headers = (extra?: Record<string, string>) => Record<string, string>

/** @param change the application's setting `headers`. It is foreign code: if it throws, the headers stay unchanged, and one log line says so */
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
