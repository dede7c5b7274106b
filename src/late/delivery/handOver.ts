import { stringify } from '../../shared/json'
import { SDK_VERSION } from '../../shared/version'
import { bytesOf } from './bytesOf'
import { itemsOf } from './itemsOf'
import type { Beacon } from '../../browser/beacon'
import type { InFlight } from './inFlight'
import type { Outbox } from './outbox'
import type { Batch } from './outboxStore'
import type { Channel } from './types'
import type { Delivery } from '../../shared/types'

interface HandOverParts {
  channels: readonly Channel[]
  outbox: Outbox
  inFlight: InFlight
  beacon: Beacon
  sdkKey: string
  /** Whether what is sent there now is likely to arrive. */
  isOpen: (channel: Channel) => boolean
  onDelivery: (delivery: Delivery) => void
}

/** Of one beacon, so that one more fits beside it. */
const BEACON_BYTES = 30 * 1024

/**
 * What a page does that goes away: as much by beacons as the browser takes, and all else to disk. Synchronous.
 *
 * @returns the function that does it. `gone`: what was left to the browser before; `isOwn` false: what is on disk may be
 * somebody else's
 */
export function createHandOver(parts: HandOverParts): (gone: Batch[], isOwn: boolean) => void {
  const { channels, outbox, inFlight, beacon, sdkKey, isOpen, onDelivery } = parts
  // A tab that is switched to and fro says once what it keeps.
  const known = new WeakSet<Batch>()

  const bodyOf = ({ post, body, beaconExtra }: Channel, items: unknown[], mode: string) =>
    stringify(post ? body(items) : { entries: body(items), token: sdkKey, sdk: SDK_VERSION, ...beaconExtra?.(mode) })

  return (gone, isOwn) => {
    const kept: Batch[] = []

    const hand = (channel: Channel, isSaved: boolean, refusing: Set<Channel>) => {
      const { kind, beaconUrl, isReady } = channel
      const tell = (
        items: unknown[],
        outcome: Delivery['outcome'],
        transport: Delivery['transport'] = beacon.transport,
      ) => items.length && onDelivery({ kind, count: items.length, items, reason: 'hide', transport, outcome })
      // What is ready does not wait for what is not.
      let most = isReady ? 0 : BEACON_BYTES
      for (let batches; (batches = outbox.claim(kind, most, isSaved)).length;) {
        const items = itemsOf(channel, batches)
        if (!refusing.has(channel) && (!isReady || items.every(isReady))) {
          const body = bodyOf(channel, items, (batches[0] as Batch).mode)
          const bytes = bytesOf(body)
          if (bytes > BEACON_BYTES && outbox.split(batches)) {
            most /= 2
            continue
          }
          const fits = inFlight.fits(bytes)
          if (fits && body && beacon.send(beaconUrl, body)) {
            inFlight.entrust(bytes)
            gone.push(...batches)
            tell(items, 'sent')
            continue
          }
          if (fits) tell(items, 'refused')
          refusing.add(channel)
        }
        kept.push(...batches)
        const news = batches.filter((batch) => !known.has(batch) && known.add(batch))
        tell(itemsOf(channel, news), 'kept', 'disk')
      }
    }

    const refusing = new Set(channels.filter((channel) => !channel.beaconUrl || !isOpen(channel)))
    // Those of integrations get what is left.
    for (const isForeign of [false, true]) {
      for (const isSaved of isOwn ? [false, true] : [false]) {
        for (const channel of channels) if (!channel.post !== isForeign) hand(channel, isSaved, refusing)
      }
    }
    outbox.hide(gone, kept)
  }
}
