import { MOST_NOTE, type HideNotes } from '../browser/hideNote'
import { SDK_VERSION } from '../shared/version'
import { formats, withoutLabel } from './formats'
import { writeNote } from './note'
import { KEEPALIVE_BYTES, packBeacons, type BeaconFormat } from './pack'
import type { Beacon } from '../browser/beacon'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Hub } from '../shared/hub'
import type { Delivery } from '../shared/types'
import type { ImpressionItem, ImpressionsMode } from './types'

/** Where recorded data waits for good: the outbox of the second file. */
export interface Sink {
  /** @param bytes estimate of the item's size on the wire */
  add(kind: string, item: unknown, bytes: number): void
  /** A kind that accumulates has something new. */
  dirty(kind: string): void
}

/** Keeps what is recorded until the second file is there. A page that goes before that hands it to the browser, or notes it. */
export interface Tray extends Sink {
  /** Says where a kind that accumulates is taken from, once there is something new in it. */
  accumulate(kind: 'counts' | 'uniqueKeys', take: () => readonly unknown[]): void
  /** Hands what waits to the browser, as far as it takes it, and leaves a note of the rest. Synchronous. */
  hide(): void
  forget(): void
  /** From now on everything goes to the outbox, what waits first. */
  handTo(sink: Sink): void
  /** Items that the limits cost. */
  dropped(): number
}

interface TrayParts {
  beacon: Beacon
  /** Undefined where a note may not be written, or would be found by nobody. */
  notes: HideNotes | undefined
  endpoints: Pick<Endpoints, 'impressions' | 'counts' | 'uniqueKeys' | 'events'>
  sdkKey: string
  mode: ImpressionsMode
  labelsEnabled: boolean
  limits: { maxItems: number; maxBytes: number }
  isOnline: () => boolean
  now: () => number
  consent: ConsentState
  hub: Hub
}

const KINDS = ['impressions', 'counts', 'uniqueKeys', 'events'] as const
/** Size of one batch in a note, bytes as estimated: it will be stored and sent as a whole. */
const BATCH_BYTES = 10 * 1024

interface Waiting {
  kind: string
  item: unknown
  bytes: number
}

export function createTray(parts: TrayParts): Tray {
  const { beacon, notes, endpoints, sdkKey, mode, labelsEnabled, limits, isOnline, now, consent, hub } = parts
  let sink: Sink | undefined
  let waiting: Waiting[] = []
  let bytes = 0
  let dropped = 0
  const dirty = new Set<string>()
  const accumulated = new Map<string, () => readonly unknown[]>()

  const add = (kind: string, item: unknown, size: number) => {
    if (!consent.mayRecord()) return
    waiting.push({ kind, item, bytes: size })
    bytes += size
    // The oldest goes first, as in the outbox.
    while (waiting.length > limits.maxItems || bytes > limits.maxBytes) {
      bytes -= (waiting.shift() as Waiting).bytes
      dropped++
    }
  }
  const stripped = ({ kind, item }: Waiting) =>
    kind === 'impressions' && !labelsEnabled ? withoutLabel(item as ImpressionItem) : item
  const take = (taken: readonly Waiting[], transport: Delivery['transport'], outcome: Delivery['outcome']) => {
    const isTaken = new Set(taken)
    waiting = waiting.filter((one) => !isTaken.has(one))
    for (const { bytes: size } of taken) bytes -= size
    for (const kind of KINDS) {
      const items = taken.filter((one) => one.kind === kind).map(stripped)
      if (items.length) hub.emit('delivery', { kind, count: items.length, items, reason: 'hide', transport, outcome })
    }
  }

  const sendBeacons = () => {
    let room = KEEPALIVE_BYTES
    for (const kind of KINDS) {
      const format = { ...formats[kind], beaconUrl: endpoints[kind].beaconUrl } as BeaconFormat<unknown>
      const units = waiting.filter((one) => one.kind === kind).map((one) => ({ one, mode, items: [stripped(one)] }))
      for (const packed of packBeacons(format, units, room, { token: sdkKey, sdk: SDK_VERSION })) {
        if (!beacon.send(packed.url, packed.text)) break
        room -= packed.bytes
        take(
          packed.units.map(({ one }) => one),
          beacon.transport,
          'sent',
        )
      }
    }
  }
  /** Under an id that no lock ever had, so that it is anybody's at once. */
  const leaveNote = (to: HideNotes) => {
    const life = `${now().toString(36)}-${Math.random().toString(36).slice(2)}`
    const batches: { kind: string; items: Waiting[]; bytes: number }[] = []
    const open = new Map<string, (typeof batches)[number]>()
    for (const one of waiting) {
      let batch = open.get(one.kind)
      if (!batch || batch.bytes + one.bytes > BATCH_BYTES) {
        batches.push((batch = { kind: one.kind, items: [], bytes: 0 }))
        open.set(one.kind, batch)
      }
      batch.items.push(one)
      batch.bytes += one.bytes
    }
    const noting = batches.map(({ kind, items, bytes: size }, n) => ({
      id: `${life}.${n}`,
      kind,
      mode,
      at: now(),
      bytes: size,
      items: items.map(stripped),
    }))
    const { text, left } = writeNote(
      { delivered: [], doubtful: [], seen: [], endpoints: [], batches: noting },
      MOST_NOTE - 32,
    )
    if (text && to.write(life, text))
      take(
        batches.slice(0, batches.length - left.length).flatMap(({ items }) => items),
        'note',
        'kept',
      )
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
    accumulate: (kind, from) => void accumulated.set(kind, from),
    hide() {
      if (sink || !consent.maySend()) return
      for (const kind of dirty) {
        for (const item of accumulated.get(kind)?.() ?? []) add(kind, item, JSON.stringify(item).length)
      }
      dirty.clear()
      if (isOnline()) sendBeacons()
      if (notes && waiting.length) leaveNote(notes)
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
