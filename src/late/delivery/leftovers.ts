import { readNote } from './readNote'
import type { HideNotes } from '../../browser/hideNote'
import type { Note } from '../../impressions/packing'
import type { Batch } from './outbox'
import type { Change, OutboxStore } from './outboxStore'
import type { Tools } from './tools'

/** What dead pages left behind: on disk, and in their notes. */
export interface Leftovers {
  /** Takes over what is anybody's and sends it, one dead life after the other. Resolves when all was tried; never rejects. */
  look(): Promise<void>
}

interface LeftoversParts extends Tools {
  notes: HideNotes
  /** The store, while it can be used. Without it notes alone are taken: nothing could be deleted, and would be sent again and again. */
  usableStore: () => OutboxStore | undefined
  /** Keeps the note of this life, which was taken into memory, until that is sent. */
  renewNote: (taken: string) => void
  /** Posts what was taken over. */
  send: () => Promise<void>
}

/** localStorage and locks are not ordered across processes: a note may be seen only some time after the lock of its page is free. */
const NOTE_DELAY_MS = 2_000
const NOTHING: Note = { delivered: [], doubtful: [], batches: [], seen: [] }

export function createLeftovers(parts: LeftoversParts): Leftovers {
  const { outbox, dedupe, life, notes, clock, usableStore } = parts
  let looking: Promise<void> | undefined

  const look = async () => {
    const its = life.number
    const store = usableStore()
    // A decline leaves nothing to take.
    const isOver = () => its !== life.number || usableStore() !== store
    const oldest = clock.now() - parts.limits.maxAgeMs
    notes.expire(oldest)
    releaseEmptied()
    dedupe.learnNotes(true)
    const taken = new Set<string>()
    const stored = (await store?.lives(oldest)) ?? []
    for (const id of new Set([
      ...stored,
      ...notes.lives().filter((id) => store || (!life.adopted.has(id) && isComplete(id))),
    ])) {
      if (isOver()) break
      // A note of a life that was adopted before may have been seen only now.
      const isFree = life.adopted.has(id) ? notes.read(id) !== undefined : id !== life.id && (await life.adopt(id))
      if (isFree) taken.add(id)
    }
    if (taken.size && !isOver()) await new Promise<void>((resolve) => clock.after(NOTE_DELAY_MS, resolve, true))
    try {
      for (const id of taken) {
        if (isOver()) return
        const hasAny = store ? await takeOver(id, store) : takeNote(id)
        taken.delete(id)
        // One after the other: the limits must not drop what was never tried.
        if (hasAny) await parts.send()
      }
    } finally {
      if (its === life.number) {
        taken.forEach(life.release)
        releaseEmptied()
      }
    }
  }
  /** What was delivered of them is deleted by now. */
  const releaseEmptied = () => {
    const homes = new Set([...outbox.entries.values(), ...outbox.gone.values()].map(({ home }) => home))
    for (const id of life.adopted.keys()) if (!homes.has(id) && notes.read(id) === undefined) life.release(id)
  }

  /** Does in one transaction what the note of a dead page says, and takes in what is left. @returns whether anything is */
  const takeOver = async (home: string, store: OutboxStore): Promise<boolean> => {
    const its = life.number
    let waiting: Batch[] = []
    await store.write((found) => {
      if (its !== life.number || !usableStore()) return undefined
      const made = applyNote(home, found)
      waiting = made.waiting
      return made.change
    }, home)
    if (its !== life.number) return false
    notes.remove(home)
    outbox.adopt(waiting, home)
    return waiting.length > 0
  }
  /** Takes a note into memory, which is kept until that is sent. @returns whether anything is left of it */
  const takeNote = (home: string): boolean => {
    if (!isComplete(home)) return false
    const { waiting, seen } = applyNote(home, [])
    outbox.adopt(waiting, home, true)
    for (const hash of seen) outbox.unstored.add(hash)
    parts.renewNote(home)
    return waiting.length > 0
  }
  /** Whether a note says all that there is of what it tells. */
  const isComplete = (home: string) => readNote(notes.read(home))?.disk === false
  const applyNote = (home: string, found: readonly Batch[]): { waiting: Batch[]; seen: string[]; change: Change } => {
    const note = readNote(notes.read(home)) ?? NOTHING
    const isGone = new Set([...note.delivered, ...outbox.arrived])
    const doubts = new Map(note.doubtful)
    const onDisk = new Set(found.map(({ id }) => id))
    const known = new Set([...outbox.entries.values()].map(({ id }) => id))
    const isNew = ({ id }: Batch) => !isGone.has(id) && !known.has(id)
    const doubted = (batch: Batch): Batch => {
      const doubt = doubts.get(batch.id)
      return doubt === undefined ? batch : { ...batch, doubt }
    }
    // An adopted batch of which a late note says that it was handed over.
    outbox.remove([...outbox.entries.values()].filter(({ id }) => isGone.has(id)))
    const noted = note.batches.filter((batch) => isNew(batch) && !onDisk.has(batch.id)).map(outbox.entryOf)
    // Its own batches are among what a note calls seen: they are sifted before.
    dedupe.sift(noted)
    const seen = dedupe.seenIn(note)
    dedupe.learn(seen, dedupe.hour())
    const fresh = noted.filter(({ items }) => items.length > 0)
    const rest = found.filter(isNew).map(doubted)
    const put = [...rest.filter(({ id }) => doubts.has(id)), ...fresh.map(doubted)]
    return {
      waiting: [...rest, ...fresh.map(doubted)],
      seen,
      change: {
        remove: found.filter(({ id }) => isGone.has(id)).map(({ id }) => ({ home, id })),
        put: put.map((batch) => ({ ...batch, home })),
        seen: [...fresh.flatMap((entry) => entry.hashes), ...seen],
      },
    }
  }

  return {
    look: () =>
      (looking ??= look()
        .catch((fault: unknown) => parts.log.debug(`leftovers: ${String(fault)}`))
        .finally(() => (looking = undefined))),
  }
}
