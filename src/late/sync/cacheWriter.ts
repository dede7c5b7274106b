import { beginningWith } from '../../browser/beginningWith'
import { requestResult } from '../../browser/requestResult'
import { HOUR_MS } from '../../shared/hour'
import { stringify } from '../../shared/json'
import { isSameVersion } from '../../shared/changeNumbers'
import { createPaced } from './paced'
import type { Clock } from '../../browser/clock'
import type { FlagData } from '../../definitions/flagData'
import type {
  Base,
  CachedMemberships,
  Changes,
  Entry,
  Header,
  Patch,
  Snapshot,
  Texts,
  Traits,
} from '../../definitions/types'
import type { ChangeNumbers } from '../../shared/changeNumbers'

type Door = NonNullable<FlagData['cache']>['door']

/** Writes the cache. Its promises never reject. */
export interface CacheWriter {
  /**
   * Stores what changed since the last write or read, all or nothing, and never over something newer. It works in slices that
   * leave the main thread free.
   */
  writeDefinitions(snapshot: () => Snapshot, confirmedAt: number): Promise<void>
  writeMemberships(matchingKey: string, memberships: CachedMemberships): Promise<void>
  /** Deletes the memberships of all keys. */
  forgetMemberships(): Promise<void>
  /** Deletes the definitions, which were found to be wrong. */
  forgetDefinitions(): Promise<void>
  /**
   * Ends all pauses and timers. Once the cache is stopped, a write of many definitions ends at its next slice. Resolves when
   * everything else is written.
   */
  stop(): Promise<void>
}

/** After so many failures a page writes no more: the disk is full or broken. */
const MOST_FAULTS = 3
/** Room for the texts that are encoded in one go, bytes, before other tasks of the page get the main thread. */
const SLICE_LENGTH = 256 * 1024
/** A patch grows up to a tenth of the texts, and never beyond so many UTF-16 units. */
const PATCH_SHARE = 0.1
const MOST_PATCH = 128 * 1024
/** Length of the two empty lists in a patch without changes. Such a patch confirms a cache, even one without definitions. */
const EMPTY_LENGTH = '[],[]'.length
/**
 * The time after which a cache, or memberships, that the service confirmed unchanged are marked as confirmed, ms: without
 * that they would expire.
 */
export const CONFIRM_MS = HOUR_MS
/** Keys whose memberships are kept; with one more, the others are deleted. */
const MOST_KEYS = 100
/** SDK keys and filters whose definitions are kept; with one more, all others are deleted. */
const MOST_SCOPES = 8

/** One change is written after the other, and those that come faster than that together. */
export function createCacheWriter(door: Door, clock: Pick<Clock, 'elapsed' | 'after'>): CacheWriter {
  const { isStopped } = door
  let made: ReturnType<typeof createWriter> | undefined
  let queue: Promise<void> = Promise.resolve()
  let faults = 0
  let snapshotOf: () => Snapshot
  let confirmedAt = 0
  /** The memberships that wait for the next write, by matching key. */
  let batch = new Map<string, CachedMemberships>()

  const inTurn = (work: (writer: ReturnType<typeof createWriter>) => Promise<void>): Promise<void> =>
    (queue = queue
      .then(async () => {
        if (faults >= MOST_FAULTS) return
        if (!made) {
          // The writer is made at the first write: only then is it known what was read.
          made = createWriter(door)
          if (door.isCorrupt()) await made.forgetDefinitions()
        }
        await work(made)
      })
      .catch((fault: unknown) => {
        faults++
        // After the cache was stopped the database is closed, and a write that took too long is no fault.
        if (!isStopped()) door.onFault(fault)
      }))

  const definitions = createPaced(
    () => inTurn((writer) => writer.writeDefinitions(snapshotOf, confirmedAt)),
    isStopped,
    clock,
  )
  // Memberships have a pace of their own, so that the first ones do not wait for the pause after the definitions.
  const memberships = createPaced(
    () => {
      const begun = batch
      batch = new Map()
      return inTurn((writer) => writer.writeMemberships(begun))
    },
    isStopped,
    clock,
  )

  return {
    writeDefinitions(snapshot, at) {
      snapshotOf = snapshot
      confirmedAt = at
      return definitions.run()
    },
    writeMemberships(matchingKey, answer) {
      batch.set(matchingKey, answer)
      return memberships.run()
    },
    forgetMemberships() {
      // Memberships that wait to be written are forgotten too; those that come from now on are not.
      batch.clear()
      return inTurn((writer) => writer.forgetMemberships())
    },
    forgetDefinitions: () => inTurn((writer) => writer.forgetDefinitions()),
    async stop() {
      await Promise.all([definitions.stop(), memberships.stop(), queue])
    },
  }
}

/** Writes at once, whatever else is being written; rejects when the database fails. */
function createWriter(door: Door): Omit<CacheWriter, 'stop' | 'writeMemberships'> & {
  writeMemberships(memberships: ReadonlyMap<string, CachedMemberships>): Promise<void>
} {
  const { keyValue, scope, now, headerKey, textsKey, patchKey, isStopped, stored, read, format, onStored } = door
  const { textOf, traitsOf } = door
  // The definitions that this page read from disk are those that it knows to be there.
  const known = read()
  let base: Base | undefined = known?.base
  let written: { changeNumbers: ChangeNumbers; confirmedAt: number; resets: number } | undefined = known && {
    ...known,
    resets: 0,
  }

  /** Notes that the stored texts are those of this page's definitions, so that its next changes can be added as a patch. */
  const adopt = (
    { entries, changeNumbers }: Snapshot,
    { generation, names, starts }: Header,
    changed?: Changes['changed'],
  ) => {
    entries.forEach((list, kind) => {
      const apart = new Set(changed?.[kind]?.map(({ name }) => name))
      for (const entry of list) {
        // Another page did not store a kill that came ahead of its definition here.
        const isAhead = changed && !kind && (entry.raw?.changeNumber as number) > changeNumbers.flags
        entry.generation = isAhead || apart.has(entry.name) ? undefined : generation
      }
    })
    base = { generation, names, length: starts.at(-1) as number }
  }

  /** @returns false when the texts on disk are not those of this page; undefined when too much changed since */
  const writePatch = async (
    { changeNumbers, entries }: Snapshot,
    confirmedAt: number,
  ): Promise<boolean | undefined> => {
    if (!base) return false
    const { generation, names, length } = base
    const changed = entries.map((list) => list.filter((entry) => entry.generation !== generation).map(textOf))
    const removed = names.map((known, kind) => {
      const here = new Set((entries[kind] as Entry[]).map(({ name }) => name))
      return known.filter((name) => !here.has(name))
    })
    const lists = changed.map((texts) => `[${texts.join()}]`).join()
    if (lists.length - EMPTY_LENGTH > Math.min(length * PATCH_SHARE, MOST_PATCH)) return undefined
    const text = `{"changed":[${lists}],"removed":${stringify(removed)}}`

    return keyValue.transact('readwrite', async (store) => {
      const old = await stored(store)
      if (old?.header.generation !== generation) return false
      if (covers(changeNumbers, old.changeNumbers)) {
        store.put({ generation, changeNumbers, confirmedAt, text } satisfies Patch, patchKey)
      }
      return true
    })
  }

  /** Makes room for the texts of all definitions. Resolves with whether they have to be written. */
  const prepare = (snapshot: Snapshot): Promise<boolean> =>
    keyValue.transact('readwrite', async (store) => {
      const old = await stored(store)
      if (old && isSameVersion(old.changeNumbers, snapshot.changeNumbers))
        adopt(snapshot, old.header, old.changes.changed)
      if (old) return covers(snapshot.changeNumbers, old.changeNumbers) && !base
      // A header that cannot be used is deleted, so that it is not counted among the scopes.
      store.delete(headerKey)
      if ((await requestResult(store.count(beginningWith('header')))) >= MOST_SCOPES) {
        // The memberships of this scope may have been stored a moment ago.
        for (const key of await requestResult(store.getAllKeys())) {
          if ((key as unknown[])[0] !== scope) store.delete(key)
        }
      }
      return true
    })

  const writeAll = async (snapshot: Snapshot, confirmedAt: number, isReset: boolean): Promise<void> => {
    const { changeNumbers } = snapshot
    const entries = snapshot.entries.flat()
    const starts = new Uint32Array(entries.length + 1)
    const trait = new Uint32Array(entries.length)
    const known = new Map<string, number>()
    const traits: Traits[] = []
    const encoder = new TextEncoder()
    const slices: Blob[] = []
    // The texts of a slice share one array, because a blob of many small parts takes several times as long to make (Chromium 156).
    let slice = new Uint8Array(SLICE_LENGTH)
    let filled = 0

    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry
      const text = textOf(entry)
      const { read, written } = encoder.encodeInto(text, slice.subarray(filled))
      let bytes = written
      if (read < text.length) {
        slices.push(new Blob([slice.subarray(0, filled)]))
        const whole = encoder.encode(text)
        bytes = whole.length
        slice = new Uint8Array(Math.max(SLICE_LENGTH, bytes))
        slice.set(whole)
        filled = 0
        // Waiting for the database gives the main thread back; unlike a timer, not for a second where the page is hidden.
        await keyValue.transact('readonly', (store) => void store.count(headerKey))
        if (isStopped()) return
      }
      filled += bytes
      starts[i + 1] = (starts[i] as number) + bytes
      const name = stringify(traitsOf(entry))
      if (!known.has(name)) known.set(name, traits.push(traitsOf(entry)) - 1)
      trait[i] = known.get(name) as number
    }

    const header: Header = {
      format,
      generation: `${now()}-${Math.random()}`,
      changeNumbers,
      confirmedAt,
      names: snapshot.entries.map((list) => list.map(({ name }) => name)) as Header['names'],
      starts,
      traits,
      trait,
    }
    const put = (texts: Texts) =>
      keyValue.transact('readwrite', async (store) => {
        const old = await stored(store)
        // A page may have stored something newer meanwhile.
        if (!isReset && old && !isNewer(changeNumbers, old.changeNumbers)) return false
        // The texts are put before all else: where WebKit refuses a file, in a private window, a transaction with other requests may never
        // end.
        await requestResult(store.put(texts, textsKey))
        store.put(header, headerKey)
        store.delete(patchKey)
        return true
      })
    // A file is written and read outside the main thread, which many records, or one big record, would keep busy.
    const texts = new Blob([...slices, slice.subarray(0, filled)])
    const putBytes = async (fault: unknown) => {
      // The fault of the file is the one that counts: WebKit reads no file either for a page that it interrupted.
      const bytes = await texts.arrayBuffer().catch(() => Promise.reject(fault as Error))
      return put(bytes)
    }
    if (!(await put(texts).catch(putBytes))) return
    adopt(snapshot, header)
    onStored()
  }

  const allMemberships = beginningWith(scope, 'memberships')

  return {
    async writeDefinitions(snapshotOf, confirmedAt) {
      const snapshot = snapshotOf()
      const { changeNumbers, resets } = snapshot
      const isReset = resets > (written?.resets ?? 0)
      const isKnown = written && !isReset && isSameVersion(written.changeNumbers, changeNumbers)
      if (isKnown && confirmedAt - (written?.confirmedAt ?? 0) < CONFIRM_MS) return
      const isPatched = !isReset && (await writePatch(snapshot, confirmedAt))
      if (!isPatched) {
        base = undefined
        // A page that wrote or read the stored texts knows them, and saves the transaction that looks at them.
        if (isReset || isPatched === undefined || (await prepare(snapshot))) {
          await writeAll(snapshot, confirmedAt, isReset)
        }
      }
      if (base) written = { changeNumbers, confirmedAt, resets }
    },
    writeMemberships: (memberships) =>
      keyValue.transact('readwrite', async (store) => {
        const put = () => {
          for (const [matchingKey, stored] of [...memberships].slice(-MOST_KEYS)) {
            store.put(stored, [scope, 'memberships', matchingKey])
          }
        }
        put()
        if ((await requestResult(store.count(allMemberships))) <= MOST_KEYS) return
        store.delete(allMemberships)
        put()
      }),
    forgetMemberships: () => keyValue.transact('readwrite', (store) => void store.delete(allMemberships)),
    forgetDefinitions() {
      base = written = undefined
      return keyValue.transact('readwrite', (store) => void store.delete(headerKey))
    },
  }
}

/** Whether `a` is older than `b` in neither number. */
function covers(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return a.flags >= b.flags && a.ruleBasedSegments >= b.ruleBasedSegments
}

function isNewer(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return covers(a, b) && !isSameVersion(a, b)
}
