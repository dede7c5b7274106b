import { now } from '../browser/clock'
import { HOUR_MS } from '../shared/hour'
import { stringify } from '../shared/json'
import type { Client } from '../client/types/client'
import type { Impression } from '../impressions/types'
import type { Delivery } from '../shared/types'

/** An impression of this page, and what became of it so far. */
export interface RecordedImpression {
  readonly id: number
  readonly impression: Impression
  /** The last delivery that it was part of, or that its count was part of. */
  delivery?: Delivery
  /** The time when it was delivered, epoch ms. */
  deliveredAt?: number
}

export interface RecordedDelivery {
  readonly id: number
  readonly time: number
  readonly delivery: Delivery
}

/** Keeps the last impressions and deliveries of a client. */
export interface Recorder {
  /** The impressions that are kept, newest first. */
  impressions(): RecordedImpression[]
  /** The deliveries that are kept, newest first. */
  deliveries(): RecordedDelivery[]
  /** The number of impressions since the beginning. */
  total(): number
  clear(): void
  /** @param onChange called each time something was added, so that it should do little */
  start(onChange: () => void): void
  /** Stops recording. What was recorded stays. */
  stop(): void
}

const MOST_IMPRESSIONS = 1_000
const MOST_DELIVERIES = 200

export function createRecorder(client: Client): Recorder {
  let impressions: RecordedImpression[] = []
  let deliveries: RecordedDelivery[] = []
  let total = 0
  let id = 0

  let stops: (() => void)[] = []

  /** Finds the impressions that a delivery is about. Two that are equal to the millisecond are told apart by their number. */
  const settle = (delivery: Delivery, time: number) => {
    const { kind, items } = delivery
    if (kind !== 'impressions' && kind !== 'counts') return
    const open = new Map<string, number>()
    for (const item of items as { f: string; k?: string; t?: string; m: number; rc?: number }[]) {
      const name = stringify([item.f, item.m, item.k, item.t])
      open.set(name, kind === 'counts' ? Infinity : (open.get(name) ?? 0) + 1)
    }
    for (const recorded of impressions) {
      const { flag, key, treatment, time: madeAt, disposition } = recorded.impression
      const isCounted = isCount(recorded)
      if (disposition === 'dropped' || isCounted !== (kind === 'counts') || isSettled(recorded)) continue
      const name = stringify(
        isCounted ? [flag, madeAt - (madeAt % HOUR_MS), undefined, undefined] : [flag, madeAt, key, treatment],
      )
      const left = open.get(name) ?? 0
      if (!left) continue
      open.set(name, left - 1)
      Object.assign(recorded, { delivery, deliveredAt: time })
    }
  }

  return {
    impressions: () => impressions.slice(-MOST_IMPRESSIONS).reverse(),
    deliveries: () => deliveries.slice(-MOST_DELIVERIES).reverse(),
    total: () => total,
    clear() {
      impressions = []
      deliveries = []
      total = 0
    },
    start(onChange) {
      stops = [
        client.on('impression', (impression) => {
          total++
          impressions = bounded(impressions, { id: id++, impression }, MOST_IMPRESSIONS)
          onChange()
        }),
        client.on('delivery', (delivery) => {
          const time = now()
          deliveries = bounded(deliveries, { id: id++, time, delivery }, MOST_DELIVERIES)
          settle(delivery, time)
          onChange()
        }),
      ]
    },
    stop() {
      for (const stop of stops) stop()
      stops = []
    },
  }
}

/** Whether only the impression's count is sent, because it repeats another one of its hour, or tracking is off. */
export function isCount({ impression: { disposition }, delivery }: RecordedImpression): boolean {
  return (
    disposition === 'deduplicated' ||
    disposition === 'counted' ||
    delivery?.outcome === 'deduplicated' ||
    delivery?.kind === 'counts'
  )
}

/** Whether nothing more will happen to the impression. */
function isSettled({ delivery }: RecordedImpression): boolean {
  return delivery?.outcome === 'sent' || delivery?.outcome === 'dropped'
}

/** The list with one item more. It is cut only now and then, so that a burst does not copy it for each item. */
function bounded<Item>(list: Item[], item: Item, most: number): Item[] {
  list.push(item)
  return list.length > 2 * most ? list.slice(-most) : list
}
