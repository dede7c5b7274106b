import { textOf, traitsOf } from './entry'
import type { CachedDefinitions, ChangeNumbers, Entry, Snapshot, Traits } from './types'

/** The cache of one SDK key, filter and spec version. Whatever goes wrong with it costs the cache and nothing else. */
export interface DefinitionsStore {
  /** All that a start needs, in one transaction. Resolves with what could be had; never rejects. */
  read(matchingKeys: readonly string[]): Promise<CacheContent>
  /**
   * Stores what changed since the last write or read, all or nothing, and never over something newer. In slices that leave
   * the main thread free, one write after the other. Never rejects.
   */
  write(snapshot: () => Snapshot, confirmedAt: number): Promise<void>
  readMemberships(matchingKey: string): Promise<unknown>
  writeMemberships(matchingKey: string, answer: unknown): Promise<void>
  /** Deletes what is stored about users. */
  forgetMemberships(): Promise<void>
  /** Deletes the definitions: they were found to be wrong. */
  clear(): Promise<void>
  /** Ends a write at its next slice. */
  stop(): void
}

export interface CacheContent {
  readonly definitions: CachedDefinitions | undefined
  /** By matching key, as the service answered them. */
  readonly memberships: ReadonlyMap<string, unknown>
}

/** The database, as the store needs it. Resolves when the transaction is complete. */
export interface Transactions {
  transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => T | PromiseLike<T>): Promise<T>
}

interface StoreParts {
  keyValue: Transactions
  /** SDK key, filter and spec version: caches of others are not ours. */
  scope: string
  /** Older ones are not used. */
  maxAgeMs: number
  now: () => number
  /** What the database failed at. Here it only means that there is no cache. */
  onFault: (fault: unknown) => void
}

interface Header {
  format: number
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  names: [string[], string[]]
  /** Where each definition begins in the texts joined together, and, last, where the last one ends; UTF-16 units. */
  starts: Uint32Array
  recordLength: number
  /** Few different ones, and for each definition which. */
  traits: Traits[]
  trait: Uint32Array
}

interface Patch {
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  /** JSON of `CachedDefinitions.patch`. */
  text: string
}

type Stored = { header: Header; patch: Patch | undefined; changeNumbers: ChangeNumbers } | undefined

/** Grows when records of older versions cannot be read any more. */
const FORMAT = 1
/** UTF-16 units of a text record: 256 KB at the most. Bigger ones block the main thread when they are written. */
const RECORD_LENGTH = 128 * 1024
/** A patch grows up to a tenth of the texts, and never beyond one record. */
const PATCH_SHARE = 0.1
/** So often a cache that the service confirmed unchanged is marked so, or it would expire. */
const CONFIRM_MS = 3_600_000
/** Keys whose memberships are kept. */
const MOST_KEYS = 100
/** A disk that is full or broken is left alone after so many tries of a page. */
const MOST_FAULTS = 3
/** SDK keys and filters whose definitions are kept; with one more, all are deleted. */
const MOST_SCOPES = 8

export function createDefinitionsStore({ keyValue, scope, maxAgeMs, now, onFault }: StoreParts): DefinitionsStore {
  // The scope comes last, so that all headers are found together.
  const headerKey = ['header', scope]
  const patchKey = [scope, 'patch']
  const membershipsKey = (matchingKey: string) => [scope, 'memberships', matchingKey]

  /** What is on disk, as far as this page knows. */
  let base: { generation: string; names: readonly (readonly string[])[]; length: number } | undefined
  let written: { changeNumbers: ChangeNumbers; confirmedAt: number; resets: number } | undefined
  let isStopped = false
  let faults = 0
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T | undefined> => {
    const done = queue
      .then(() => (isStopped || faults === MOST_FAULTS ? undefined : work()))
      .catch((fault: unknown) => {
        faults++
        onFault(fault)
        return undefined
      })
    queue = done
    return done
  }
  const stored = async (store: IDBObjectStore): Promise<Stored> => {
    const [header, patch] = await Promise.all([
      request(store.get(headerKey) as IDBRequest<Header | undefined>),
      request(store.get(patchKey) as IDBRequest<Patch | undefined>),
    ])
    const latest = patch ?? header
    // Its age in both directions: a clock that was wrong once must not keep a cache for ever.
    return header?.format === FORMAT && latest && Math.abs(now() - latest.confirmedAt) <= maxAgeMs
      ? { header, patch, changeNumbers: latest.changeNumbers }
      : undefined
  }

  /** What is on disk is what this page has: its next changes can be added to that. */
  const adopt = ({ entries }: Snapshot, { generation, names, starts }: Header, patch: Patch | undefined) => {
    const changed = patch ? parsePatch(patch).changed : []
    entries.forEach((list, kind) => {
      const apart = new Set((changed[kind] as { name: string }[] | undefined)?.map(({ name }) => name))
      for (const entry of list) entry.generation = apart.has(entry.name) ? undefined : generation
    })
    base = { generation, names, length: starts.at(-1) as number }
  }

  const writePatch = async ({ changeNumbers, entries }: Snapshot, confirmedAt: number): Promise<boolean> => {
    if (!base) return false
    const { generation, names, length } = base
    const changed = entries.map((list) => list.filter((entry) => entry.generation !== generation).map(textOf))
    const removed = names.map((known, kind) => {
      const here = new Set((entries[kind] as Entry[]).map(({ name }) => name))
      return known.filter((name) => !here.has(name))
    })
    const lists = changed.map((texts) => `[${texts.join()}]`).join()
    if (lists.length > Math.min(length * PATCH_SHARE, RECORD_LENGTH)) return false
    const text = `{"changed":[${lists}],"removed":${JSON.stringify(removed)}}`

    return keyValue.transact('readwrite', async (store) => {
      const old = await stored(store)
      if (old?.header.generation !== generation) return false
      if (covers(changeNumbers, old.changeNumbers)) {
        store.put({ generation, changeNumbers, confirmedAt, text } satisfies Patch, patchKey)
      }
      return true
    })
  }

  /** Whether there is something to write. */
  const prepare = (snapshot: Snapshot): Promise<boolean> =>
    keyValue.transact('readwrite', async (store) => {
      const old = await stored(store)
      if (old && isSame(old.changeNumbers, snapshot.changeNumbers)) adopt(snapshot, old.header, old.patch)
      if (old) return covers(snapshot.changeNumbers, old.changeNumbers) && !base
      const scopes = IDBKeyRange.bound(['header'], ['header', []])
      if ((await request(store.count(scopes))) > MOST_SCOPES) store.clear()
      return true
    })

  const writeAll = async (snapshot: Snapshot, confirmedAt: number, isReset: boolean): Promise<void> => {
    const { changeNumbers } = snapshot
    const entries = snapshot.entries.flat()
    const generation = `${now()}-${Math.random()}`
    const textKey = (...rest: (number | never[])[]) => [scope, 'text', generation, ...rest]
    const own = IDBKeyRange.bound(textKey(), textKey([]))
    const starts = new Uint32Array(entries.length + 1)
    const trait = new Uint32Array(entries.length)
    const known = new Map<string, number>()
    const traits: Traits[] = []
    let length = 0
    let records = 0
    let text = ''
    const put = (record: string) =>
      keyValue.transact('readwrite', (store) => void store.put(record, textKey(records++)))

    for (const [i, entry] of entries.entries()) {
      const one = textOf(entry)
      starts[i] = length
      length += one.length
      text += one
      const name = JSON.stringify(traitsOf(entry))
      if (!known.has(name)) known.set(name, traits.push(traitsOf(entry)) - 1)
      trait[i] = known.get(name) as number
      // Waiting for each record to be stored gives the main thread back.
      for (; text.length >= RECORD_LENGTH; text = text.slice(RECORD_LENGTH)) {
        await put(text.slice(0, RECORD_LENGTH))
        if (isStopped) return
      }
    }
    starts[entries.length] = length
    if (text) await put(text)

    const names = snapshot.entries.map((list) => list.map(({ name }) => name)) as Header['names']
    const recordLength = RECORD_LENGTH
    const header = {
      format: FORMAT,
      generation,
      changeNumbers,
      confirmedAt,
      names,
      starts,
      recordLength,
      traits,
      trait,
    }
    const isStored = await keyValue.transact('readwrite', async (store) => {
      const [old, count] = await Promise.all([stored(store), request(store.count(own))])
      // A page that stored a newer generation meanwhile deleted this one, or wins now.
      if (count !== records || (!isReset && old && !isNewer(changeNumbers, old.changeNumbers))) {
        store.delete(own)
        return false
      }
      // All other texts: of the old generation, and of pages that went away, or still are, in the middle of writing. These
      // will count their records and find them gone.
      store.delete(IDBKeyRange.bound([scope, 'text'], textKey(), false, true))
      store.delete(IDBKeyRange.bound(textKey([]), [scope, 'text', []], true))
      store.delete(patchKey)
      store.put(header satisfies Header, headerKey)
      return true
    })
    if (isStored) adopt(snapshot, header, undefined)
  }

  return {
    async read(matchingKeys) {
      const memberships = new Map<string, unknown>()
      const definitions = await keyValue
        .transact('readonly', async (store) => {
          const [old, ...answers] = await Promise.all([
            stored(store),
            ...matchingKeys.map((key) => request<unknown>(store.get(membershipsKey(key)))),
          ])
          matchingKeys.forEach((key, i) => memberships.set(key, answers[i]))
          if (!old) return undefined
          const { generation } = old.header
          const texts = IDBKeyRange.bound([scope, 'text', generation], [scope, 'text', generation, []])
          return cachedFrom(old.header, old.patch, await request(store.getAll(texts) as IDBRequest<string[]>))
        })
        .catch((fault: unknown) => void onFault(fault))
      if (definitions && !written) {
        const { generation, names, changeNumbers, confirmedAt } = definitions
        base = { generation, names, length: definitions.length }
        written = { changeNumbers, confirmedAt, resets: 0 }
      }
      return { definitions, memberships }
    },

    async write(snapshotOf, confirmedAt) {
      await inTurn(async () => {
        const snapshot = snapshotOf()
        const { changeNumbers, resets } = snapshot
        const isReset = resets > (written?.resets ?? 0)
        const isKnown = written && !isReset && isSame(written.changeNumbers, changeNumbers)
        if (isKnown && confirmedAt - (written?.confirmedAt ?? 0) < CONFIRM_MS) return
        if (isReset || !(await writePatch(snapshot, confirmedAt))) {
          base = undefined
          if (isReset || (await prepare(snapshot))) await writeAll(snapshot, confirmedAt, isReset)
        }
        if (base) written = { changeNumbers, confirmedAt, resets }
      })
    },

    readMemberships: (matchingKey) =>
      inTurn(() => keyValue.transact('readonly', (store) => request<unknown>(store.get(membershipsKey(matchingKey))))),
    async writeMemberships(matchingKey, answer) {
      await inTurn(() =>
        keyValue.transact('readwrite', async (store) => {
          const all = IDBKeyRange.bound(membershipsKey(''), [scope, 'memberships', []])
          if ((await request(store.count(all))) >= MOST_KEYS) store.delete(all)
          store.put(answer, membershipsKey(matchingKey))
        }),
      )
    },
    async forgetMemberships() {
      await inTurn(() =>
        keyValue.transact(
          'readwrite',
          (store) => void store.delete(IDBKeyRange.bound(membershipsKey(''), [scope, 'memberships', []])),
        ),
      )
    },
    async clear() {
      base = written = undefined
      await inTurn(() => keyValue.transact('readwrite', (store) => void store.delete(headerKey)))
    },
    stop() {
      isStopped = true
    },
  }
}

/** Undefined, or a throw, when it is not whole. */
function cachedFrom(
  header: Header,
  patch: Patch | undefined,
  texts: readonly string[],
): (CachedDefinitions & { length: number }) | undefined {
  const { generation, names, starts, recordLength, traits, trait } = header
  const length = starts.at(-1) as number
  const isWhole =
    names[0].length + names[1].length + 1 === starts.length &&
    texts.reduce((sum, text) => sum + text.length, 0) === length
  if (!isWhole) return undefined
  const { changeNumbers, confirmedAt } = patch ?? header

  return {
    changeNumbers,
    confirmedAt,
    generation,
    names,
    length,
    text(position) {
      const end = starts[position + 1] as number
      let text = ''
      for (let at = starts[position] as number; at < end; at += recordLength - (at % recordLength)) {
        const offset = at % recordLength
        text += (texts[Math.floor(at / recordLength)] as string).slice(offset, offset + end - at)
      }
      return text
    },
    traits: (position) => traits[trait[position] as number] as Traits,
    patch: patch && parsePatch(patch),
  }
}

function parsePatch({ text }: Patch): NonNullable<CachedDefinitions['patch']> {
  return JSON.parse(text) as NonNullable<CachedDefinitions['patch']>
}

/** Whether one is older in neither. */
function covers(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return a.flags >= b.flags && a.ruleBasedSegments >= b.ruleBasedSegments
}

function isNewer(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return covers(a, b) && !isSame(a, b)
}

function isSame(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return a.flags === b.flags && a.ruleBasedSegments === b.ruleBasedSegments
}

function request<T>(one: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    one.onsuccess = () => resolve(one.result)
    one.onerror = () => reject(one.error ?? new Error('a request of the database failed'))
  })
}
