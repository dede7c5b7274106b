import { HOUR_MS } from '../shared/hour'
import { stringify } from '../shared/json'
import { MOST_LAST_NOTE, type HideNotes } from '../browser/hideNote'
import { newId } from '../shared/newId'
import { SDK_VERSION } from '../shared/version'
import { beaconText, formats, writeNote, type BeaconBody } from './packing'
import type { Beacon } from '../browser/beacon'
import type { Page } from '../browser/page'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Hub } from '../shared/hub'
import type { Delivery, Sink } from '../shared/types'
import type { ImpressionsMode } from './types'

/** Keeps what is recorded until the second file is there. A page that goes before that hands it to the browser, or notes it. */
export interface Tray extends Sink {
  /** Says how a kind that accumulates is taken. The page does so as it goes, if the kind was called dirty. */
  accumulate(kind: 'counts' | 'uniqueKeys', take: () => readonly unknown[]): void
  /** Begins to listen for the end of the page, unless there is an outbox already. @returns the end of listening */
  start(page: Pick<Page, 'onHide'>): () => void
  /** Hands what waits to the browser, as far as that takes it, and leaves a note of the rest. Synchronous. */
  hide(): void
  /** Forgets everything that waits. */
  forget(): void
  /** Hands what waits to the outbox, and from then on everything else as well. */
  handTo(sink: Sink): void
  /** @returns how many items the limits cost */
  dropped(): number
}

interface TrayParts {
  beacon: Beacon
  /** The notes; undefined where none may be written, or nobody would find one. */
  notes: HideNotes | undefined
  endpoints: Pick<Endpoints, 'impressions' | 'counts' | 'uniqueKeys' | 'events'>
  sdkKey: string
  mode: ImpressionsMode
  limits: { maxItems: number; maxBytes: number }
  isOnline: () => boolean
  now: () => number
  consent: ConsentState
  hub: Hub
}

const KINDS = Object.keys(formats) as (keyof typeof formats)[]
/** Largest batch, by estimate: it fits into one beacon, and the page that finds it in a note stores and sends it as a whole. */
const BATCH_BYTES = 20 * 1024

interface Waiting {
  kind: string
  item: unknown
  bytes: number
}

interface Batch {
  kind: (typeof KINDS)[number]
  /** The items as they travel. */
  items: unknown[]
  waiting: Waiting[]
  bytes: number
}

export function createTray(parts: TrayParts): Tray {
  const { beacon, notes, endpoints, sdkKey, mode, limits, isOnline, now, consent, hub } = parts
  const isDeduplicated = mode === 'OPTIMIZED'
  let sink: Sink | undefined
  const waiting = new Set<Waiting>()
  /** Items that were handed over or noted. A closing browser may end the script of an event after its beacons: the next event removes them. */
  const taken: Waiting[] = []
  let bytes = 0
  let dropped = 0
  /** The news for listeners. These are foreign code, which may record something: they hear of it when everything is done. */
  const news: Delivery[] = []
  let stop = () => {}
  const dirty = new Set<string>()
  const accumulated = new Map<string, () => readonly unknown[]>()

  const add = (kind: string, item: unknown, size: number) => {
    if (consent.isDeclined) return
    waiting.add({ kind, item, bytes: size })
    bytes += size
    // The oldest is dropped first, as in the outbox.
    for (const oldest of waiting) {
      if (waiting.size <= limits.maxItems && bytes <= limits.maxBytes) break
      remove(oldest)
      dropped++
    }
  }
  const remove = (each: Waiting) => {
    if (waiting.delete(each)) bytes -= each.bytes
  }
  const tell = (transport: Delivery['transport'], outcome: Delivery['outcome'], { kind, items }: Batch) =>
    news.push({ kind, count: items.length, items, reason: 'hide', transport, outcome })

  const sendBeacon = (batch: Batch): boolean => {
    const { kind, items } = batch
    const format: BeaconBody<unknown> = formats[kind]
    const text = beaconText(format, items, mode, { token: sdkKey, sdk: SDK_VERSION })
    const isTaken = beacon.send(endpoints[kind].beaconUrl, text, batch.waiting, taken)
    if (isTaken) tell(beacon.transport, 'sent', batch)
    return isTaken
  }
  /** Whether another page has recorded something this hour. Only the second file can tell what. */
  const mayBeRepeated = () => isDeduplicated && notes && !notes.openHour(now() - (now() % HOUR_MS))
  /**
   * Notes the batches that were not handed over (`kept`), and the impressions that were (`gone`): whoever finds the note must not send
   * these again this hour. The note has an id that no lock ever had, so that it is anybody's at once.
   */
  const leaveNote = (to: HideNotes, kept: readonly Batch[], gone: readonly Batch[]): void => {
    const life = newId(now())
    const batches = [...kept, ...gone].map((batch, n) => ({ ...batch, id: `${life}.${n}`, mode, at: now() }))
    const delivered = batches.slice(kept.length).map(({ id }) => id)
    const { text, left } = writeNote({ delivered, doubtful: [], seen: [], batches }, MOST_LAST_NOTE)
    if (!text || !to.write(life, text)) return
    for (const batch of kept.slice(0, batches.length - left.length)) {
      taken.push(...batch.waiting)
      tell('note', 'kept', batch)
    }
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
        dirty.delete(kind)
        for (const item of accumulated.get(kind)?.() ?? []) add(kind, item, stringify(item).length)
      }
      taken.splice(0).forEach(remove)
      const batches = toBatches(waiting)
      // When the browser refuses a batch, the rest of its kind is not offered to it.
      const refused = new Set<string>(
        KINDS.filter(
          (kind) =>
            !isOnline() || notes?.failingSince(endpoints[kind].url) || (kind === 'impressions' && mayBeRepeated()),
        ),
      )
      const sent = batches.filter((batch) => {
        if (refused.has(batch.kind)) return false
        if (sendBeacon(batch)) return true
        refused.add(batch.kind)
        return false
      })
      const left = batches.filter((batch) => !sent.includes(batch))
      const gone = sent.filter(({ kind }) => isDeduplicated && kind === 'impressions')
      if (notes) leaveNote(notes, left, gone)
      taken.splice(0).forEach(remove)
      for (const each of news.splice(0)) hub.emit('delivery', each)
    },
    forget() {
      waiting.clear()
      bytes = 0
      dirty.clear()
    },
    handTo(outbox) {
      sink = outbox
      stop()
      for (const { kind, item, bytes: size } of waiting) outbox.add(kind, item, size)
      for (const kind of dirty) outbox.dirty(kind)
      tray.forget()
    },
    dropped: () => dropped,
  }
  return tray
}

/** Sorts what waits into batches of one kind each. */
function toBatches(waiting: Iterable<Waiting>): Batch[] {
  return KINDS.flatMap((kind) => {
    const batches: Batch[] = []
    let batch: Batch | undefined
    for (const each of waiting) {
      if (each.kind !== kind) continue
      if (!batch || batch.bytes + each.bytes > BATCH_BYTES) {
        batches.push((batch = { kind, items: [], waiting: [], bytes: 0 }))
      }
      batch.items.push(each.item)
      batch.waiting.push(each)
      batch.bytes += each.bytes
    }
    return batches
  })
}
