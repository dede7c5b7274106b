import { stringify } from '../shared/json'
import { MOST_NOTE, type HideNotes } from '../browser/hideNote'
import { SDK_VERSION } from '../shared/version'
import { HOUR_MS } from './counter'
import { writeNote } from './note'
import { formats, KEEPALIVE_BYTES, packBeacons, withoutLabel, type BeaconFormat } from './packing'
import type { Beacon } from '../browser/beacon'
import type { Page } from '../browser/page'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Hub } from '../shared/hub'
import type { Delivery, Sink } from '../shared/types'
import type { ImpressionItem, ImpressionsMode } from './types'

/** Keeps what is recorded until the second file is there. A page that goes before that hands it to the browser, or notes it. */
export interface Tray extends Sink {
  /** Says where a kind that accumulates is taken from, once there is something new in it. */
  accumulate(kind: 'counts' | 'uniqueKeys', take: () => readonly unknown[]): void
  /** Hears from now on that the page goes, until everything goes to the outbox. @returns its end */
  start(page: Pick<Page, 'onHide'>): () => void
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
  const isDeduplicated = mode === 'OPTIMIZED'
  let sink: Sink | undefined
  let waiting: Waiting[] = []
  let bytes = 0
  let dropped = 0
  let stop = () => {}
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

  /** @returns the impressions that went: whoever finds the note must not send them again this hour */
  const sendBeacons = (): Waiting[] => {
    let room = KEEPALIVE_BYTES
    const gone: Waiting[] = []
    for (const kind of KINDS) {
      if (kind === 'impressions' && mayBeRepeated()) continue
      const format = { ...formats[kind], beaconUrl: endpoints[kind].beaconUrl } as BeaconFormat<unknown>
      const units = waiting.filter((one) => one.kind === kind).map((one) => ({ one, mode, items: [stripped(one)] }))
      for (const packed of packBeacons(format, units, room, { token: sdkKey, sdk: SDK_VERSION })) {
        if (!beacon.send(packed.url, packed.text)) break
        room -= packed.bytes
        const sent = packed.units.map(({ one }) => one)
        if (kind === 'impressions' && isDeduplicated) gone.push(...sent)
        take(sent, beacon.transport, 'sent')
      }
    }
    return gone
  }
  /** Another page has recorded something this hour, and only the second file can tell what. */
  const mayBeRepeated = () => isDeduplicated && notes && !notes.openHour(now() - (now() % HOUR_MS))
  /** Under an id that no lock ever had, so that it is anybody's at once. */
  const leaveNote = (to: HideNotes, gone: readonly Waiting[]) => {
    const life = `${now().toString(36)}-${Math.random().toString(36).slice(2)}`
    const kept = toBatches(waiting)
    const batches = [...kept, ...toBatches(gone)].map(({ kind, items, bytes: size }, n) => ({
      id: `${life}.${n}`,
      kind,
      mode,
      at: now(),
      bytes: size,
      items: items.map(stripped),
    }))
    const delivered = batches.slice(kept.length).map(({ id }) => id)
    const { text, left } = writeNote({ delivered, doubtful: [], seen: [], endpoints: [], batches }, MOST_NOTE - 32)
    const fit = batches.length - left.length
    if (text && to.write(life, text))
      take(
        kept.slice(0, fit).flatMap(({ items }) => items),
        'note',
        'kept',
      )
  }

  const tray: Tray = {
    add(kind, item, size) {
      if (sink) sink.add(kind, item, size)
      else add(kind, item, size)
    },
    dirty(kind) {
      if (sink) sink.dirty(kind)
      else dirty.add(kind)
    },
    start(page) {
      if (!sink) stop = page.onHide(tray.hide)
      return () => stop()
    },
    accumulate: (kind, from) => void accumulated.set(kind, from),
    hide() {
      if (sink || !consent.isGranted) return
      for (const kind of dirty) {
        for (const item of accumulated.get(kind)?.() ?? []) add(kind, item, stringify(item).length)
      }
      dirty.clear()
      const gone = isOnline() ? sendBeacons() : []
      if (notes && (waiting.length || gone.length)) leaveNote(notes, gone)
    },
    forget() {
      waiting = []
      bytes = 0
      dirty.clear()
    },
    handTo(outbox) {
      sink = outbox
      stop()
      for (const { kind, item, bytes: size } of waiting) outbox.add(kind, item, size)
      for (const kind of dirty) outbox.dirty(kind)
      waiting = []
      dirty.clear()
    },
    dropped: () => dropped,
  }
  return tray
}

function toBatches(list: readonly Waiting[]) {
  const batches: { kind: string; items: Waiting[]; bytes: number }[] = []
  const open = new Map<string, (typeof batches)[number]>()
  for (const one of list) {
    let batch = open.get(one.kind)
    if (!batch || batch.bytes + one.bytes > BATCH_BYTES) {
      batches.push((batch = { kind: one.kind, items: [], bytes: 0 }))
      open.set(one.kind, batch)
    }
    batch.items.push(one)
    batch.bytes += one.bytes
  }
  return batches
}
