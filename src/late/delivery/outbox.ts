import { stringify } from '../../shared/json'
import { newId } from '../../shared/newId'
import { BATCH_BYTES, change, isAmount, type Batch, type Entry, type StoredId } from './batch'
import type { Clock } from '../../browser/clock'
import type { Channel } from './types'

/** The batches that wait for delivery in memory, oldest first, within the limits. */
export interface Outbox extends Aftermath {
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** Says that a kind that accumulates has something new. */
  dirty(kind: string): void
  /**
   * Takes what the kinds that accumulate have gathered since they were called dirty. `mayMerge`: joins it to stored batches
   * of the kind, too. A page that goes must not: the deletion of the stored ones may survive, and the batch that replaces
   * them may not (WebKit).
   */
  gather(mayMerge: boolean): void
  /** The batches by their ids, oldest first. */
  readonly entries: ReadonlyMap<string, Entry>
  /** Makes the entry of a batch, without adding it. */
  entryOf(batch: Batch): Entry
  /** Whether this very entry is still here. */
  has(entry: Entry): boolean
  /** The batches that are not on disk, nor being written. */
  unsaved(): Entry[]
  /** Takes waiting batches of one kind and mode, oldest first, for one post. */
  claim(kind: string, mostBytes: number, mayClaim?: (entry: Entry) => boolean): Entry[]
  /** Puts claimed batches back: they were not delivered. `isTried`: a post of them has failed. @default true */
  unclaim(claimed: readonly Entry[], isTried?: boolean): void
  /** Removes batches that are delivered, or given up. What is on disk of them is deleted later. */
  remove(entries: readonly Entry[]): void
  /** Puts claimed batches back that were too big for one post, a single batch in halves. @returns false for a single item */
  split(claimed: readonly Entry[]): boolean
  /** Takes in batches of a dead page, before all others. `isNoted`: they lie in its note, and not on disk. */
  adopt(batches: readonly Batch[], life: string, isNoted?: boolean): void
  /** Takes back batches that were removed, but for those that are known to have arrived. */
  restore(entries: readonly Entry[]): void
  /** Gives a batch fewer items, and removes it if there are none. */
  resize(entry: Entry, items: readonly unknown[]): void
  /**
   * Takes all batches but these out of memory, leaves them where else they are, and forgets what was still to be done about others.
   *
   * @returns those that were taken out
   */
  leave(kept?: readonly Entry[]): Entry[]
  /** Drops what is too old, and the oldest beyond the limits. */
  keepLimits(): void
}

/** The work that is still to be done about batches that are no longer in the outbox. */
interface Aftermath {
  /** The batches that are to be deleted from disk, by id. One stays here until its deletion is complete. */
  readonly gone: Map<string, StoredId>
  /** Hashes of batches that were removed before other pages could find them on disk. Those of an hour that is over are forgotten. */
  readonly unstored: Set<string>
  /** Ids of batches that an earlier life of this page posted, and that arrived after it had ended. Who finds them on disk deletes them. */
  readonly arrived: Set<string>
  /** Ids of batches that an earlier life of this page posted, and that the server did not take. They are in no doubt, whatever a note says. */
  readonly refused: Set<string>
}

interface OutboxParts {
  channels: ReadonlyMap<string, Channel>
  clock: Clock
  /** The impressions mode of this page. */
  mode: string
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number }
  /** Hears of items that the limits cost. */
  onDropped: (kind: string, items: readonly unknown[]) => void
}

/** A batch holds at most this part of the items that the limit allows, because the limit drops whole batches. */
const MIN_BATCHES = 8
/**
 * The part of the greatest age up to which a batch is joined with what is gathered later, a day unless told: what is joined is dropped when
 * its oldest part is too old, so its parts must be of about the same age.
 */
const JOINED_PART = 7

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, clock, mode, limits, onDropped } = parts
  const entries = new Map<string, Entry>()
  const aftermath: Aftermath = { gone: new Map(), unstored: new Set(), arrived: new Set(), refused: new Set() }
  /** The sizes that the limits count. */
  const size = { bytes: 0, items: 0 }
  /** The batch of each kind that takes more items. */
  const open = new Map<string, Entry>()
  const dirtyKinds = new Set<string>()
  const session = newId(clock.now())
  let batches = 0

  const isOver = () => size.bytes > limits.maxBytes || size.items > limits.maxItems
  const count = ({ bytes, items, isUntried }: Entry, sign: number) => {
    if (isUntried) return
    size.bytes += sign * bytes
    size.items += sign * items.length
  }
  const entryOf = (batch: Batch): Entry => ({
    hashes: [],
    ...batch,
    home: '',
    disk: 'no',
    state: 'waiting',
    isUnique: !!batch.isRestored,
    replaces: [],
    isSuspect: false,
    since: clock.elapsed() - Math.max(0, clock.now() - batch.at),
    isUntried: false,
  })
  const all = () => [...entries.values()]
  const nextId = () => `${session}-${batches++}`
  const put = (entry: Entry) => {
    entries.set(entry.id, entry)
    count(entry, 1)
  }
  const putFirst = (first: readonly Entry[]) => {
    const rest = all()
    entries.clear()
    first.forEach(put)
    for (const entry of rest) entries.set(entry.id, entry)
  }
  const takeOut = (entry: Entry): boolean => {
    if (!entries.delete(entry.id)) return false
    count(entry, -1)
    if (open.get(entry.kind) === entry) open.delete(entry.kind)
    return true
  }
  /** The records of a batch that are on disk, or may be. */
  const recordsOf = ({ id, home, replaces }: Entry) => (home ? [{ home, id }, ...replaces] : replaces)
  const deleteLater = (records: readonly StoredId[]) => {
    for (const record of records) aftermath.gone.set(record.id, record)
  }
  const remove = (entry: Entry) => {
    if (!takeOut(entry)) return
    deleteLater(recordsOf(entry))
    for (const hash of entry.hashes) aftermath.unstored.add(hash)
  }
  const push = (kind: string, item: unknown, bytes: number, at?: number) => {
    let entry = open.get(kind)
    const isFull = entry && (entry.bytes + bytes > BATCH_BYTES || entry.items.length * MIN_BATCHES >= limits.maxItems)
    if (!entry || isFull || entry.state !== 'waiting' || entry.disk !== 'no' || entry.isUnique) {
      entry = entryOf({ id: nextId(), kind, mode, at: at ?? clock.now(), items: [], bytes: 0 })
      open.set(kind, entry)
      put(entry)
    }
    ;(entry.items as unknown[]).push(item)
    entry.bytes += bytes
    size.bytes += bytes
    size.items++
    return entry
  }
  const gatherKind = (kind: string, mayMerge: boolean) => {
    const { drain, merge } = channels.get(kind) ?? {}
    const drained = drain?.() ?? []
    const now = clock.now()
    // A batch that the service called invalid, or too big, is not mixed with items that it has not seen.
    const mayJoin = ({ state, disk, doubt, isUntried, isSuspect, isRestored, at }: Entry) =>
      state === 'waiting' &&
      !isSuspect &&
      !isRestored &&
      doubt === undefined &&
      !isUntried &&
      (disk === 'no' || (mayMerge && disk === 'yes')) &&
      (now - at) * JOINED_PART < limits.maxAgeMs
    const joined = merge ? all().filter((entry) => entry.kind === kind && mayJoin(entry)) : []
    const items = merge ? merge([...joined.flatMap((entry) => entry.items), ...drained]) : drained
    joined.forEach(takeOut)
    // An integration's items may not be ready to go. In a batch of their own they do not hold up those that are.
    open.delete(kind)
    let last: Entry | undefined
    const bytes = items.length && stringify(items).length / items.length
    const at = Math.min(now, ...joined.map((entry) => entry.at))
    for (const item of items) last = push(kind, item, bytes, at)
    // The last batch deletes what all of them replace, because batches are put in their order.
    const replaced = joined.flatMap(recordsOf)
    if (last) last.replaces.push(...replaced)
    else deleteLater(replaced)
  }
  const keepLimits = () => {
    const elapsed = clock.elapsed()
    for (const entry of entries.values()) {
      // Batches that are being sent are about to leave. Do not stop at the first young one: adopted ones are not in order of age.
      const isOld = elapsed - entry.since > limits.maxAgeMs
      if (entry.state === 'sending' || !(isOld || (isOver() && !entry.isUntried))) continue
      onDropped(entry.kind, entry.items)
      remove(entry)
    }
  }

  const outbox: Outbox = {
    add(kind, item, bytes) {
      push(kind, item, bytes)
      if (isOver()) keepLimits()
    },
    dirty: (kind) => void dirtyKinds.add(kind),
    gather(mayMerge) {
      for (const kind of dirtyKinds) gatherKind(kind, mayMerge)
      dirtyKinds.clear()
    },
    entries,
    entryOf,
    has: (entry) => entries.get(entry.id) === entry,
    unsaved: () => all().filter(({ disk }) => disk === 'no'),
    claim(kind, mostBytes, mayClaim = () => true) {
      const claimed: Entry[] = []
      let bytes = 0
      for (const entry of entries.values()) {
        if (entry.kind !== kind || entry.state !== 'waiting' || entry.doubt !== undefined) continue
        if (claimed[0] && claimed[0].mode !== entry.mode) continue
        // `mayClaim` may remove the batch that it is asked about.
        if (!mayClaim(entry) || !outbox.has(entry)) continue
        if ((bytes += entry.bytes) > mostBytes && claimed[0]) break
        change(entry, 'claim')
        claimed.push(entry)
      }
      return claimed
    },
    unclaim(claimed, isTried = true) {
      for (const entry of claimed) change(entry, 'unclaim')
      if (!isTried) return
      // An attempt has failed: what dead pages left counts for the limits from now on.
      for (const entry of entries.values()) {
        if (!entry.isUntried) continue
        entry.isUntried = false
        count(entry, 1)
      }
      keepLimits()
    },
    remove: (removed) => removed.forEach(remove),
    split(claimed) {
      for (const entry of claimed) change(entry, 'unclaim')
      const [first] = claimed
      if (!first || claimed.length > 1 || !outbox.has(first)) return claimed.length > 1
      const { items, bytes, since } = first
      if (items.length < 2) return false
      const half = items.length >> 1
      // Each half carries the hashes of both, and either may be delivered first: the other's items are no repetitions then.
      const halfOf = (part: readonly unknown[]) => ({
        ...entryOf({ ...first, id: nextId(), items: part, bytes: bytes / 2, isRestored: true }),
        since,
      })
      const halves = [halfOf(items.slice(0, half)), halfOf(items.slice(half))] as const
      halves[1].replaces = recordsOf(first)
      takeOut(first)
      putFirst(halves)
      return true
    },
    adopt(adopted, life, isNoted = false) {
      const fresh = adopted.filter(({ id }) => !entries.has(id))
      putFirst(
        fresh.map((batch) => {
          aftermath.refused.delete(batch.id)
          const channel = channels.get(batch.kind)
          // Items of an integration are its own matter, also before it says how they are delivered.
          const whole = batch.items.filter((item) => !channel || channel.post || isWhole(item))
          const items = channel?.strip ? whole.map(channel.strip) : whole
          const place = isNoted ? { notedBy: life } : { home: life, disk: 'yes' as const, hashes: [] }
          return { ...entryOf(batch), ...place, items, isUnique: true, isUntried: true }
        }),
      )
    },
    restore(removed) {
      for (const entry of removed) {
        if (entries.has(entry.id) || aftermath.arrived.has(entry.id)) continue
        aftermath.gone.delete(entry.id)
        const unsaved = { state: 'waiting', disk: 'no', home: '', notedBy: undefined } as const
        put(Object.assign(entry, unsaved, { isRestored: true, isUnique: true }))
      }
    },
    resize(entry, items) {
      const isHere = outbox.has(entry)
      if (isHere) count(entry, -1)
      entry.bytes *= items.length / (entry.items.length || 1)
      entry.items = items
      if (isHere) count(entry, 1)
      if (!items.length) remove(entry)
    },
    leave(kept = []) {
      for (const forgotten of [open, aftermath.gone, aftermath.unstored]) forgotten.clear()
      const isKept = new Set(kept)
      return all().filter((entry) => !isKept.has(entry) && takeOut(entry))
    },
    keepLimits,
    ...aftermath,
  }
  return outbox
}

/** Whether every number of a stored item of pennon's own kinds is one that it may have. The version of a definition may be any. */
function isWhole(item: unknown): unknown {
  const numbers = item as Partial<Record<string, unknown>> | null
  return (
    numbers &&
    Number.isFinite(numbers['c'] ?? 0) &&
    ['m', 'pt', 'rc', 'timestamp'].every((name) => isAmount(numbers[name] ?? 0))
  )
}
