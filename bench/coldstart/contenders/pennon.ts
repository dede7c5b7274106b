import { createClient } from 'pennon'
import type { ContenderClient, StartOptions } from '../contender'

export function start({ apiUrl, key }: StartOptions): ContenderClient {
  const client = createClient({
    sdkKey: 'bench',
    key,
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    streaming: false,
  })
  return {
    whenReadyFromCache: async () => (await client.whenReadyFromCache()).readyFromCache,
    whenReady: async () => (await client.whenReady()).ready,
    ask: (flag) => client.getTreatment(flag),
  }
}

/** Whether the cache is complete: its header is written last. */
export const isStored = () =>
  new Promise<boolean>((resolve) => {
    const request = indexedDB.open('pennon-definitions')
    // A database that is not there must not be made here: the client makes it.
    request.onupgradeneeded = () => request.transaction?.abort()
    request.onerror = () => resolve(false)
    request.onsuccess = () => {
      const db = request.result
      const [name = ''] = db.objectStoreNames
      const headers = db
        .transaction(name)
        .objectStore(name)
        .count(IDBKeyRange.bound(['header'], ['header', []]))
      headers.onsuccess = () => {
        db.close()
        resolve(headers.result > 0)
      }
    }
  })
