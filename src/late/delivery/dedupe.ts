import type { Clock } from '../../browser/clock'
import type { Entry, Outbox } from './outbox'
import type { Channel } from './types'

/**
 * Tells what was recorded already this hour, by any page of the browser. Identities are kept as hashes: neither key nor
 * treatment nor label of a user is readable in them.
 */
export interface Dedupe {
  /** Takes out of a batch what was recorded already this hour; the room that recorded it counts it. */
  sift(entry: Entry): void
  /** What items of this hour are remembered by. */
  hashesOf(batch: Pick<Entry, 'kind' | 'items'>): string[]
  /** Whether other pages may have recorded in this hour what is not known here yet. */
  isBlind(): boolean
  /** What other pages stored is known, or cannot be known. */
  see(): void
  /** Start of the current hour, epoch ms. What belongs to an hour before is forgotten. */
  hour(): number
  /** Takes in what other pages stored in this hour. */
  learn(hashes: readonly string[], hour: number): void
  /** Somebody else will find the batches that they belong to, and must not take these for repetitions. */
  forget(hashes: readonly string[]): void
  /** Records on disk that need not be read again. */
  readonly known: Set<string>
  clear(): void
}

interface DedupeParts {
  clock: Clock
  channelOf: (kind: string) => Channel | undefined
  outbox: Pick<Outbox, 'resize'>
  /** Says that something is recorded in this hour. @returns whether no other page has recorded anything in it */
  openHour: (hour: number) => boolean
  /** Learns what the notes of other pages say, before the first item is judged. */
  learnNotes: () => void
  /** They are counted instead of sent. */
  onRepeated: (kind: string, items: readonly unknown[]) => void
}

const HOUR_MS = 3_600_000

export function createDedupe({ clock, channelOf, outbox, openHour, learnNotes, onRepeated }: DedupeParts): Dedupe {
  const seen = new Set<string>()
  const known = new Set<string>()
  let current = 0
  let isSeeing = false
  const clear = () => {
    for (const set of [seen, known]) set.clear()
  }
  const hour = () => {
    const now = clock.now()
    if (now - (now % HOUR_MS) !== current) clear()
    return (current = now - (now % HOUR_MS))
  }
  const hashIn = (entry: Pick<Entry, 'kind'>, item: unknown): string | undefined => {
    const found = channelOf(entry.kind)?.identity?.(item)
    // With the hour in it, one that is stored late is no repetition in the next hour. One of an hour before was the first of its own.
    return found && found.time >= hour() ? hashOf(`${hour()} ${found.id}`) : undefined
  }

  return {
    sift(entry) {
      const { identity, repeated } = channelOf(entry.kind) ?? {}
      if (entry.isUnique || entry.isRestored) return
      entry.isUnique = true
      if (!identity) return
      openHour(hour())
      learnNotes()
      const repetitions: unknown[] = []
      const first = entry.items.filter((item) => {
        const hash = hashIn(entry, item)
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
    },
    hashesOf: (batch) => batch.items.flatMap((item) => hashIn(batch, item) ?? []),
    isBlind: () => !isSeeing && !openHour(hour()),
    see: () => void (isSeeing = true),
    hour,
    learn(hashes, itsHour) {
      if (itsHour === hour()) for (const hash of hashes) seen.add(hash)
    },
    forget(hashes) {
      for (const hash of hashes) seen.delete(hash)
    },
    known,
    clear,
  }
}

/** 64 bits of a text, in two lanes of 32 that are mixed as in MurmurHash3: 50,000 texts meet once in 15 billion times. */
export function hashOf(text: string): string {
  let a = 0x2f0b4c47
  let b = 0x51ed270b
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5bd1e995)
    a ^= a >>> 15
    b ^= b >>> 13
  }
  const mixed = (lane: number, other: number) => {
    let mix = lane ^ Math.imul(other ^ (other >>> 16), 0x85ebca6b)
    mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
    return ((mix ^ (mix >>> 16)) >>> 0).toString(36)
  }
  return `${mixed(a, b)}.${mixed(b, a)}`
}
