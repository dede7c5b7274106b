import { stringify } from '../shared/json'
import { bulkBody } from './bulkBody'
import { SDK_VERSION } from '../shared/version'
import type { Beacon } from '../browser/beacon'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Hub } from '../shared/hub'
import type { Sink } from '../shared/types'
import type { ImpressionItem, ImpressionsMode } from './types'

/** Keeps what is recorded until the second file is there, and hands it to the browser when the page goes away before that. */
export interface Tray extends Sink {
  /** Says where a kind that accumulates is taken from, once there is something new in it. */
  accumulate(kind: 'counts' | 'uniqueKeys', take: () => readonly unknown[]): void
  /** Hands what waits to the browser, as far as it takes it. Synchronous. */
  hide(): void
  forget(): void
  /** From now on everything goes to the outbox, what waits first. */
  handTo(sink: Sink): void
  /** Items that the limits cost. */
  dropped(): number
}

interface TrayParts {
  beacon: Beacon
  endpoints: Pick<Endpoints, 'impressions' | 'counts' | 'uniqueKeys' | 'events'>
  sdkKey: string
  mode: ImpressionsMode
  labelsEnabled: boolean
  limits: { maxItems: number; maxBytes: number }
  isOnline: () => boolean
  consent: ConsentState
  hub: Hub
}

/** Size of one beacon, bytes as estimated. Two fit into the 64 KiB that a browser takes from one page. */
const BEACON_BYTES = 28 * 1024

interface Waiting {
  kind: string
  item: unknown
  bytes: number
}

export function createTray(parts: TrayParts): Tray {
  const { beacon, endpoints, sdkKey, mode, labelsEnabled, limits, isOnline, consent, hub } = parts
  let sink: Sink | undefined
  let waiting: Waiting[] = []
  let bytes = 0
  let dropped = 0
  const dirty = new Set<string>()
  const accumulated = new Map<string, () => readonly unknown[]>()

  const add = (kind: string, item: unknown, size: number) => {
    if (consent.isDeclined) return
    waiting.push({ kind, item, bytes: size })
    bytes += size
    // The oldest goes first, as in the outbox.
    while (waiting.length > limits.maxItems || bytes > limits.maxBytes) {
      bytes -= (waiting.shift() as Waiting).bytes
      dropped++
    }
  }
  const bodies: Record<'impressions' | 'counts' | 'uniqueKeys' | 'events', (items: unknown[]) => unknown> = {
    impressions: (items) =>
      bulkBody(
        (items as ImpressionItem[]).map(({ r, ...rest }) => (labelsEnabled && r !== undefined ? { ...rest, r } : rest)),
      ),
    counts: (items) => ({ pf: items }),
    uniqueKeys: (items) => ({ keys: items }),
    events: (items) => items,
  }

  return {
    add(kind, item, size) {
      if (sink) sink.add(kind, item, size)
      else add(kind, item, size)
    },
    dirty(kind) {
      if (sink) sink.dirty(kind)
      else dirty.add(kind)
    },
    accumulate: (kind, take) => void accumulated.set(kind, take),
    hide() {
      if (!consent.maySend() || !isOnline()) return
      for (const kind of dirty) {
        for (const item of accumulated.get(kind)?.() ?? []) add(kind, item, stringify(item).length)
      }
      dirty.clear()
      for (const kind of ['impressions', 'counts', 'uniqueKeys', 'events'] as const) {
        for (;;) {
          let size = 0
          const chunk = waiting.filter((one) => one.kind === kind && (size += one.bytes) <= BEACON_BYTES)
          const items = chunk.map(({ item }) => item)
          const body = { entries: bodies[kind](items), token: sdkKey, sdk: SDK_VERSION, sim: mode }
          if (!chunk.length || !beacon.send(endpoints[kind].beaconUrl, stringify(body))) break
          waiting = waiting.filter((one) => !chunk.includes(one))
          hub.emit('delivery', {
            kind,
            count: items.length,
            items,
            reason: 'hide',
            transport: beacon.transport,
            outcome: 'sent',
          })
        }
      }
    },
    forget() {
      waiting = []
      bytes = 0
      dirty.clear()
    },
    handTo(outbox) {
      sink = outbox
      for (const { kind, item, bytes: size } of waiting) outbox.add(kind, item, size)
      for (const kind of dirty) outbox.dirty(kind)
      waiting = []
      dirty.clear()
    },
    dropped: () => dropped,
  }
}
