import { HOUR_MS } from '../../shared/hour'
import { readNote } from './readNote'
import type { Clock } from '../../browser/clock'
import type { HideNotes } from '../../browser/hideNote'
import type { Note } from '../../impressions/packing'
import type { Batch, Entry } from './batch'
import type { Endpoints } from './endpoints'
import type { Outbox } from './outbox'
import type { Channel } from './types'

/**
 * Knows which items any page of the browser has recorded in the current hour. It keeps hashes of their identities, in which no key,
 * treatment or label can be read.
 */
export interface Dedupe {
  /** Removes from batches the items that were recorded before in this hour. The room that recorded them counts them instead. */
  sift(entries: Iterable<Entry>): void
  /** Whether other pages may have recorded something in this hour that is not known here yet. */
  isBlind(): boolean
  /** Says that what other pages stored is known from now on, or cannot be known. */
  see(): void
  /** @returns the start of the current hour, epoch ms. Once an hour is over, its hashes are forgotten. */
  hour(): number
  /** Takes in hashes that other pages stored, unless `hour` is over. */
  learn(hashes: readonly string[], hour: number): void
  /** Reads in the notes of other pages what they recorded in this hour, and which endpoints fail. Does so once, unless `isAgain`. */
  learnNotes(isAgain?: boolean): void
  /** @returns the hashes of what a note says was recorded in this hour. A page without the second file notes the items themselves. */
  seenIn(note: Note): string[]
  /** Forgets the hashes of these batches: whoever finds the batches next, this page perhaps, must not take them for repetitions. */
  forget(entries: readonly Entry[]): void
  /** Forgets all hashes. */
  forgetAll(): void
}

interface DedupeParts {
  clock: Clock
  channels: ReadonlyMap<string, Channel>
  outbox: Pick<Outbox, 'resize' | 'unstored'>
  endpoints: Pick<Endpoints, 'learn'>
  /** The notes; undefined where nothing may be stored. */
  notes: HideNotes | undefined
  /** Hears of items that are counted instead of sent. */
  onRepeated: (kind: string, items: readonly unknown[]) => void
}

export function createDedupe(parts: DedupeParts): Dedupe {
  const { clock, channels, outbox, endpoints, notes, onRepeated } = parts
  const isDeduplicated = channels.get('impressions')?.identity !== undefined
  const seen = new Set<string>()
  let hourOfSeen = 0
  let isSeeing = false
  let hasReadNotes = false

  const forgetAll = () => {
    for (const set of [seen, outbox.unstored]) set.clear()
  }
  const hour = () => {
    const now = clock.now()
    const current = now - (now % HOUR_MS)
    if (current !== hourOfSeen) forgetAll()
    return (hourOfSeen = current)
  }
  /** @returns whether no other page has recorded anything in this hour */
  const openHour = (current = hour()) => !notes || !isDeduplicated || notes.openHour(current)
  /** The hashes that the items are remembered by; undefined for an item that is never a repetition. */
  const hashesOf = (identity: readonly string[], items: readonly unknown[], current = hour()): (string | undefined)[] =>
    (items as Record<string, unknown>[]).map((item) => {
      // An item of an earlier hour was the first of that hour. One with properties says more than that there was a decision.
      if (!((item['m'] as number) >= current) || item['properties'] !== undefined) return undefined
      // The hour is part of the hash, so that a hash which is stored late means nothing in the next hour. The lengths stand in place of
      // separators, which a text could contain.
      const texts = identity.map((member) => String(item[member]))
      return hashOf([current, ...texts.map(({ length }) => length), ...texts].join())
    })
  const siftOne = (entry: Entry, { identity, repeated }: Channel, current: number) => {
    if (!identity) return
    const repetitions: unknown[] = []
    const hashes = hashesOf(identity, entry.items, current)
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
      const current = hour()
      if (fresh.some(({ kind }) => channels.get(kind)?.identity)) {
        openHour(current)
        dedupe.learnNotes()
      }
      for (const entry of fresh) {
        const channel = channels.get(entry.kind)
        entry.isUnique = true
        if (channel) siftOne(entry, channel, current)
      }
    },
    isBlind: () => !isSeeing && !openHour(),
    see: () => void (isSeeing = true),
    hour,
    learn(hashes, hourOfHashes) {
      if (hourOfHashes === hour()) for (const hash of hashes) seen.add(hash)
    },
    learnNotes(isAgain = false) {
      if (!notes || (hasReadNotes && !isAgain)) return
      hasReadNotes = true
      for (const id of notes.lives()) dedupe.learn(dedupe.seenIn(readNote(notes.read(id))), hour())
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
    forgetAll,
  }
  return dedupe
}

/** 64 bits of a text, in two lanes of 32 that mix each letter in: two of 50,000 texts have the same hash once in some billion times. */
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
