import { clearPredecessor } from './clearPredecessor'
import { readNote } from './readNote'
import type { HideNotes } from '../../browser/hideNote'
import type { Batch, Entry } from './batch'
import type { Hide } from './hide'
import type { Change, OutboxStore } from './outboxStore'
import type { Post } from './post'
import type { Tools } from './tools'
import type { WriteAhead } from './writeAhead'

/**
 * Takes over what dead pages left behind, on disk and in their notes. It looks for that a second after the store can be used, and from
 * then on again and again, with pauses that grow up to a minute; a hidden page only after a minute.
 */
export interface Leftovers {
  /**
   * Takes over the batches of one dead page after the other, and sends them. Does nothing while data may not be sent or this page holds
   * no lock of its own. Resolves when all was tried; never rejects.
   */
  look(): Promise<void>
}

interface LeftoversParts extends Tools {
  notes: HideNotes
  hide: Pick<Hide, 'renewNote'>
  writeAhead: Pick<WriteAhead, 'usableStore'>
  send: Post['send']
}

/** A dead life that was compared with its note. */
interface Applied {
  /** The batches that wait. */
  readonly waiting: Batch[]
  /** The batches among these that the note alone holds. */
  readonly fresh: Entry[]
  /** The hashes that the note calls seen. */
  readonly seen: string[]
  /** The change that has to be made on disk. */
  readonly change: Change
}

/** Pause before the first look. At start the page has better things to do. */
const FIRST_LOOK_MS = 1_000
/**
 * The factor by which each pause is longer than the one before. The first ones are short, as the page that was left may
 * still hold its lock.
 */
const LOOK_GROWTH = 2
/** Longest pause between two looks. */
const LOOK_EVERY_MS = 60_000
/** localStorage and locks are not ordered across processes: a note may be seen only some time after the lock of its page is free. */
const NOTE_DELAY_MS = 2_000

export function createLeftovers(parts: LeftoversParts): Leftovers {
  const { outbox, dedupe, life, notes, clock, page, consent, hub, stops } = parts
  /**
   * The store, while it can be used. Without it only notes are taken: what lies on disk could not be deleted, and would be
   * sent again and again.
   */
  const { usableStore } = parts.writeAhead
  let cancelNext: (() => void) | undefined
  let endWait = () => {}
  let looking: Promise<void> | undefined
  let adopting: Promise<void> | undefined

  const lookIn = (ms: number) => {
    cancelNext?.()
    const lookNow = () => {
      // A hidden page leaves the look to a visible one, which is sure to send what it takes over.
      const isEarly = page.isHidden() && ms < LOOK_EVERY_MS
      if (!isEarly) void look()
      lookIn(isEarly ? LOOK_EVERY_MS : Math.min(ms * LOOK_GROWTH, LOOK_EVERY_MS))
    }
    cancelNext = clock.after(ms, lookNow, true)
  }
  const look = () => {
    if (!consent.isGranted || life.state !== 'held') return Promise.resolve()
    looking ??= lookOnce()
      .catch((fault: unknown) => parts.log.debug(`adopt: ${String(fault)}`))
      .finally(() => (looking = undefined))
    const store = usableStore()
    // No look waits for this, as a browser may never tell its databases. The next look finds what it stored, as if one more dead page had.
    if (store) adopting ??= clearPredecessor(parts, keepIn(store)).catch(() => undefined)
    return looking
  }
  const keepIn = (store: OutboxStore) => (home: string, batches: readonly Batch[]) =>
    store.transact(() => ({ put: batches.map((batch) => ({ ...batch, home })) }))

  const lookOnce = async () => {
    const begunIn = life.number
    const store = usableStore()
    // After a decline there is nothing left to take.
    const isOver = () => begunIn !== life.number || usableStore() !== store
    // The age counts in both directions: what a clock that was wrong wrote must not stay for ever.
    const isRecent = (time: number) => Math.abs(clock.now() - time) <= parts.limits.maxAgeMs
    notes.expire(isRecent)
    releaseEmptied()
    dedupe.learnNotes(true)
    const taken = new Set<string>()
    const stored = (await store?.lives(isRecent)) ?? []
    const noted = notes.lives().filter((id) => store || (!life.adopted.has(id) && isComplete(id)))
    for (const id of new Set([...stored, ...noted])) {
      if (isOver()) break
      // The note of a life that was adopted before may become visible only now.
      const isFree = life.adopted.has(id) ? notes.read(id) !== undefined : id !== life.id && (await life.adopt(id))
      if (isFree) taken.add(id)
    }
    if (taken.size && !isOver()) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(NOTE_DELAY_MS, resolve, true)
        endWait = () => {
          cancel()
          resolve()
        }
      })
    }
    try {
      for (const id of taken) {
        if (isOver()) return
        const hasAny = store ? await takeOver(id, store) : takeNote(id)
        taken.delete(id)
        // One life is sent before the next is taken over, so that the limits never drop what was not tried.
        if (hasAny) await parts.send('interval', true)
      }
    } finally {
      if (begunIn === life.number) {
        taken.forEach(life.release)
        releaseEmptied()
      }
    }
  }
  /** Releases the adopted lives of which nothing is left, in memory, on disk or in a note. */
  const releaseEmptied = () => {
    const entries = [...outbox.entries.values()]
    const records = [...entries, ...entries.flatMap(({ replaces }) => replaces), ...outbox.gone.values()]
    const homes = new Set(records.map(({ home }) => home))
    for (const id of life.adopted.keys()) if (!homes.has(id) && notes.read(id) === undefined) life.release(id)
  }

  /** Does in one transaction what the note of a dead life says, and takes the rest into memory. @returns whether there is any */
  const takeOver = async (home: string, store: OutboxStore): Promise<boolean> => {
    const begunIn = life.number
    let applied: Applied | undefined
    try {
      await store.transact((found) => {
        if (begunIn === life.number && usableStore()) applied = applyNote(home, found)
        return applied?.change
      }, home)
    } catch (fault) {
      // The note stays. What it holds is no repetition of itself when it is taken over later.
      dedupe.forget(applied?.fresh ?? [])
      throw fault
    }
    if (!applied || begunIn !== life.number || !consent.isGranted) return false
    notes.remove(home)
    outbox.adopt(applied.waiting, home)
    return applied.waiting.length > 0
  }
  /** Takes what a note holds into memory; the note stays until that is sent. @returns whether there is any */
  const takeNote = (home: string): boolean => {
    if (!isComplete(home)) return false
    const { waiting, seen } = applyNote(home, [])
    outbox.adopt(waiting, home, true)
    for (const hash of seen) outbox.unstored.add(hash)
    // The note stays this page's until its batches are sent.
    parts.hide.renewNote(home)
    return waiting.length > 0
  }
  /** Whether all that a note tells of lies in the note itself, and nothing on disk. */
  const isComplete = (home: string) => !readNote(notes.read(home)).disk

  /** Compares the batches that a dead life has on disk with its note. */
  const applyNote = (home: string, found: readonly Batch[]): Applied => {
    const note = readNote(notes.read(home))
    const isGone = new Set([...note.delivered, ...outbox.arrived])
    const doubts = new Map(note.doubtful.filter(([id]) => !outbox.refused.has(id)))
    const onDisk = new Set(found.map(({ id }) => id))
    // A note that becomes visible late may say that a batch was handed over which this page has adopted meanwhile. What this page took back
    // stays, although the note calls it handed over.
    outbox.remove([...outbox.entries.values()].filter(({ id, isRestored }) => isGone.has(id) && !isRestored))
    // A batch whose post Firefox gave up in an earlier life of this page is soon on disk under the present one; its old record can go then.
    const liesElsewhere = (id: string) => {
      const known = outbox.entries.get(id)
      return known?.disk === 'yes' && known.home !== home
    }
    const isNew = ({ id }: Batch) => !isGone.has(id) && !outbox.entries.has(id)
    const withDoubt = (batch: Batch): Batch => {
      const doubt = doubts.get(batch.id)
      return doubt === undefined ? batch : { ...batch, doubt }
    }
    const noted = note.batches.filter((batch) => isNew(batch) && !onDisk.has(batch.id)).map(outbox.entryOf)
    // The batches are sifted before the hashes of the note are learned, because their own may be among these.
    dedupe.sift(noted)
    const seen = dedupe.seenIn(note)
    dedupe.learn(seen, dedupe.hour())
    const fresh = noted.filter(({ items }) => items.length > 0)
    const waiting = [...found.filter(isNew), ...fresh].map(withDoubt)
    return {
      fresh,
      waiting,
      seen,
      change: {
        remove: found.flatMap(({ id }) => (isGone.has(id) || liesElsewhere(id) ? { home, id } : [])),
        put: waiting.filter(({ id }) => doubts.has(id) || !onDisk.has(id)).map((batch) => ({ ...batch, home })),
        seen: [...fresh.flatMap((entry) => entry.hashes), ...seen],
      },
    }
  }

  stops.push(
    hub.on('usable', () => lookIn(FIRST_LOOK_MS)),
    () => cancelNext?.(),
    () => endWait(),
  )
  return { look }
}
