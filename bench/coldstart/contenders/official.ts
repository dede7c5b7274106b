import { InLocalStorage, SplitFactory } from '@splitsoftware/splitio-browserjs'
import type { ContenderClient, StartOptions } from '../contender'

export function start({ apiUrl, key, isInMemory }: StartOptions): ContenderClient {
  const client = SplitFactory({
    core: { authorizationKey: 'bench', key },
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    streamingEnabled: false,
    ...(!isInMemory && { storage: InLocalStorage() }),
  }).client()
  // Both promises reject at the time-out.
  const isReached = (promise: Promise<unknown>) =>
    promise.then(
      () => true,
      () => false,
    )
  return {
    whenReadyFromCache: () => isReached(client.whenReadyFromCache()),
    whenReady: () => isReached(client.whenReady()),
    ask: (flag) => client.getTreatment(flag),
  }
}

/** Whether the change number is stored, which is written after the flags. */
export const isStored = () => Object.keys(localStorage).some((name) => /^SPLITIO.*splits\.till$/.test(name))
