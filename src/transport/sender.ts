import { SDK_VERSION } from '../shared/version'
import { sendBeacon } from './beacon'
import type { Clock } from '../browser/clock'
import type { Log } from '../shared/log'
import type { Http } from './http'
import type { Outbox } from './outbox'
import type { Channel, Consent, Delivery, FlushReason } from './types'

export interface Sender {
  start(): void
  /** Posts what waits. Resolves when it was answered; never rejects. */
  flush(reason: FlushReason): Promise<void>
  /** Hands what waits to the browser, now. */
  hide(): void
  stop(): void
}

interface SenderParts {
  channels: readonly Channel[]
  outbox: Outbox
  http: Http
  clock: Clock
  sdkKey: string
  mode: string
  consent: () => Consent
  onDelivery: (delivery: Delivery) => void
  log: Log
}

/** Of one beacon. The browser takes 64 KiB in flight, of all requests of the page together. */
const CHUNK_BYTES = 30 * 1024

export function createSender(parts: SenderParts): Sender {
  const { channels, outbox, http, clock, sdkKey, mode, consent, onDelivery, log } = parts
  const timers = new Map<string, () => void>()
  const encoder = new TextEncoder()

  const post = async (channel: Channel, reason: FlushReason): Promise<void> => {
    const { kind, url, headers, strip } = channel
    if (consent() !== 'granted') return
    const items = outbox.take(kind)
    if (!items.length) return
    const body = JSON.stringify(channel.body(strip ? items.map(strip) : items))
    const { status } = await http.post(url, body, { headers: headers?.(mode) ?? {} })
    const isSent = status !== undefined && status >= 200 && status < 300
    if (!isSent) outbox.putBack(kind, items)
    onDelivery({
      kind,
      count: items.length,
      reason,
      transport: 'fetch',
      outcome: isSent ? 'sent' : 'kept',
      ...(status !== undefined && { status }),
    })
    if (isSent) log.recovered(kind)
    else log.once('warn', kind, `${kind} could not be sent (${status ?? 'no answer'}); they are kept`)
  }

  const schedule = (channel: Channel) => {
    timers.set(
      channel.kind,
      clock.after(channel.flushMs, () => void post(channel, 'interval').then(() => schedule(channel))),
    )
  }

  const beacon = (channel: Channel, items: unknown[]): void => {
    const { kind, beaconUrl, beaconExtra, strip } = channel
    const entries = channel.body(strip ? items.map(strip) : items)
    const text = JSON.stringify({ entries, token: sdkKey, sdk: SDK_VERSION, ...beaconExtra?.(mode) })
    if (encoder.encode(text).length > CHUNK_BYTES && items.length > 1) {
      const half = items.length >> 1
      beacon(channel, items.slice(0, half))
      beacon(channel, items.slice(half))
      return
    }
    const isTaken = sendBeacon(beaconUrl, text)
    if (!isTaken) outbox.putBack(kind, items)
    onDelivery({
      kind,
      count: items.length,
      reason: 'hide',
      transport: 'beacon',
      outcome: isTaken ? 'sent' : 'refused',
    })
  }

  return {
    start: () => channels.forEach(schedule),
    async flush(reason) {
      await Promise.all(channels.map((channel) => post(channel, reason)))
    },
    hide() {
      if (consent() !== 'granted') return
      for (const channel of channels) {
        const items = outbox.take(channel.kind)
        if (items.length) beacon(channel, items)
      }
    },
    stop() {
      for (const cancel of timers.values()) cancel()
      timers.clear()
    },
  }
}
