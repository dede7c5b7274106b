import type { Attributes, Client } from 'pennon'

/** A signal of any library: its value is read and set. */
interface Signal {
  value: string
}

/**
 * Keeps a signal at the treatment of a flag, and makes an impression for each answer that it had.
 *
 * @param signal made by the library: `watchTreatment(client, 'checkout_v2', signal('control'))`
 * @returns what ends it
 */
export function watchTreatment(client: Client, flag: string, signal: Signal, attributes?: Attributes): () => void {
  signal.value = client.peek(flag, attributes).treatment
  let isRecorded = false
  const look = () => {
    if (isRecorded && client.peek(flag, attributes).treatment === signal.value) return
    isRecorded = true
    signal.value = client.getTreatment(flag, attributes)
  }
  // A client that is ready already tells late listeners as well.
  const offs = [client.on('readyFromCache', look), client.on('update', look)]
  return () => offs.forEach((off) => off())
}
