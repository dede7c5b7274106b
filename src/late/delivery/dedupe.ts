import { readNote } from './readNote'
import type { Clock } from '../../browser/clock'
import type { HideNotes } from '../../browser/hideNote'
import type { Note } from '../../impressions/packing'
import type { Endpoints } from './endpoints'
import type { Batch, Entry, Outbox } from './outbox'
import type { Channel } from './types'

/**
 * Tells what was recorded already this hour, by any page of the browser. Identities are kept as hashes: neither key nor
 * treatment nor label of a user is readable in them.
 */
export interface Dedupe {
  /** Takes out of batches what was recorded already this hour; the room that recorded it counts it. */
  sift(entries: Iterable<Entry>): void
  /** Whether other pages may have recorded in this hour what is not known here yet. */
  isBlind(): boolean
  /** What other pages stored is known, or cannot be known. */
  see(): void
  /** Start of the current hour, epoch ms. What belongs to an hour before is forgotten. */
  hour(): number
  /** Takes in what other pages stored in this hour. */
  learn(hashes: readonly string[], hour: number): void
  /** Takes in what other pages noted of this hour, and of endpoints that fail; the notes stay. `isAgain`: not only the first time. */
  learnNotes(isAgain?: boolean): void
  /** The hashes of what a note calls recorded in this hour. A page without the second file notes what it handed over as it is. */
  seenIn(note: Note): string[]
  /** Somebody else will find the batches that they belong to, and must not take these for repetitions. */
  forget(entries: readonly Entry[]): void
  clear(): void
}

interface DedupeParts {
  clock: Clock
  channels: ReadonlyMap<string, Channel>
  outbox: Pick<Outbox, 'resize' | 'unstored'>
  endpoints: Pick<Endpoints, 'learn'>
  /** Undefined where nothing may be stored. */
  notes: HideNotes | undefined
  /** They are counted instead of sent. */
  onRepeated: (kind: string, items: readonly unknown[]) => void
}

const HOUR_MS = 3_600_000

export function createDedupe(parts: DedupeParts): Dedupe {
  const { clock, channels, outbox, endpoints, notes, onRepeated } = parts
  const isDeduplicated = channels.get('impressions')?.identity !== undefined
  const seen = new Set<string>()
  let current = 0
  let isSeeing = false
  let hasReadNotes = false
  const clear = () => {
    for (const set of [seen, outbox.unstored]) set.clear()
  }
  const hour = () => {
    const now = clock.now()
    if (now - (now % HOUR_MS) !== current) clear()
    return (current = now - (now % HOUR_MS))
  }
  /** @returns whether no other page has recorded anything in this hour */
  const openHour = (its = hour()) => !notes || !isDeduplicated || notes.openHour(its)
  /** What the items are remembered by; undefined for one that is never a repetition. */
  const hashesOf = (identity: readonly string[], items: readonly unknown[], its = hour()): (string | undefined)[] =>
    (items as Record<string, unknown>[]).map((item) => {
      // One of an hour before was the first of its own. One with properties says more than that there was a decision.
      if (!((item['m'] as number) >= its) || item['properties'] !== undefined) return undefined
      // With the hour in it, one that is stored late is no repetition in the next hour. With the lengths, no separator is needed.
      const texts = identity.map((member) => String(item[member]))
      return hashOf([its, ...texts.map(({ length }) => length), ...texts].join())
    })
  const siftOne = (entry: Entry, { identity, repeated }: Channel, its: number) => {
    if (!identity) return
    const repetitions: unknown[] = []
    const hashes = hashesOf(identity, entry.items, its)
    const first = entry.items.filter((item, n) => {
      const hash = hashes[n]
      if (hash === undefined) return true
      if (seen.has(hash)) {
        repeated?.(item)
        repetitions.push(item)
        return false
      }
      seen.add(hash)
      entry.hashes.push(hash)
      return true
    })
    if (!repetitions.length) return
    onRepeated(entry.kind, repetitions)
    outbox.resize(entry, first)
  }

  const dedupe: Dedupe = {
    sift(entries) {
      const fresh = [...entries].filter(({ isUnique }) => !isUnique)
      if (!fresh.length) return
      const its = hour()
      if (fresh.some(({ kind }) => channels.get(kind)?.identity)) {
        openHour(its)
        dedupe.learnNotes()
      }
      for (const entry of fresh) {
        const channel = channels.get(entry.kind)
        entry.isUnique = true
        if (channel) siftOne(entry, channel, its)
      }
    },
    isBlind: () => !isSeeing && !openHour(),
    see: () => void (isSeeing = true),
    hour,
    learn(hashes, itsHour) {
      if (itsHour === hour()) for (const hash of hashes) seen.add(hash)
    },
    learnNotes(isAgain = false) {
      if (!notes || (hasReadNotes && !isAgain)) return
      hasReadNotes = true
      for (const id of notes.lives()) {
        const note = readNote(notes.read(id))
        if (note) dedupe.learn(dedupe.seenIn(note), hour())
      }
      for (const { url } of channels.values()) {
        const since = notes.failingSince(url)
        if (since) endpoints.learn([{ url, outcomes: [[since, 0]], pausedUntil: since }])
      }
    },
    seenIn: (note) => [
      ...note.seen,
      ...note.batches.flatMap(({ id, kind, items }: Pick<Batch, 'id' | 'kind' | 'items'>) => {
        const { identity } = channels.get(kind) ?? {}
        return identity && note.delivered.includes(id) ? hashesOf(identity, items).flatMap((hash) => hash ?? []) : []
      }),
    ],
    forget(entries) {
      for (const { hashes } of entries) for (const hash of hashes) seen.delete(hash)
    },
    clear,
  }
  return dedupe
}

/** 64 bits of a text, in two lanes of 32 that mix each letter in: two of 50,000 texts meet once in some billion times. */
export function hashOf(text: string): string {
  const lanes = [0x9e3779b1, 0x5bd1e995].map((factor) => {
    let lane = factor
    for (let n = 0; n < text.length; n++) {
      lane = Math.imul(lane ^ text.charCodeAt(n), factor)
      lane ^= lane >>> 15
    }
    return lane >>> 0
  })
  return lanes.join()
}
