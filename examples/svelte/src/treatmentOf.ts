import { readable, type Readable } from 'svelte/store'
import type { Attributes, Client } from 'pennon'

/** A store with the treatment of a flag. It makes an impression for each answer that is shown. */
export function treatmentOf(client: Client, flag: string, attributes?: Attributes): Readable<string> {
  let shown = client.peek(flag, attributes).treatment
  let isRecorded = false
  return readable(shown, (set) => {
    const look = () => {
      if (isRecorded && client.peek(flag, attributes).treatment === shown) return
      isRecorded = true
      shown = client.getTreatment(flag, attributes)
      set(shown)
    }
    // A client that is ready already tells late listeners as well.
    const offs = [client.on('readyFromCache', look), client.on('update', look)]
    return () => offs.forEach((off) => off())
  })
}
