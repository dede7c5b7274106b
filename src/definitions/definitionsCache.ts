import { requestResult } from '../browser/requestResult'
import { createEntry, textOf, traitsOf } from './entry'
import type { KeyValue } from '../browser/keyValue'
import type { CachedDefinitions, CachedMemberships, Changes, Definition, Entry, Header, Patch } from './types'
import type { ChangeNumbers } from '../shared/changeNumbers'

/** The reading half of the cache of one SDK key, filter and service. Whatever goes wrong costs the cache and nothing else. */
export interface DefinitionsCache {
  /**
   * Reads definitions, and the memberships of these keys, in one transaction; or the memberships only. Resolves with what could be had;
   * never rejects.
   */
  read(matchingKeys: readonly string[], withDefinitions?: boolean): Promise<CacheContent>
  /** The parts of this half that the writing half needs, which comes with the second file. */
  readonly door: Door
  /** Makes a write that is going on end at its next slice. */
  stop(): void
}

export interface CacheContent {
  readonly definitions: CachedDefinitions | undefined
  /** The memberships that can be used, by matching key. */
  readonly memberships: ReadonlyMap<string, CachedMemberships>
}

/** The parts that reading and writing share. They are handed over, because the writer is in the second file. */
export interface Door extends Pick<CacheParts, 'keyValue' | 'scope' | 'now' | 'onFault' | 'onStored'> {
  readonly headerKey: IDBValidKey
  readonly textsKey: IDBValidKey
  readonly patchKey: IDBValidKey
  readonly isStopped: () => boolean
  /** Reads header and patch. Resolves with undefined when there are none, or they cannot be used. */
  readonly stored: (store: IDBObjectStore) => Promise<Stored | undefined>
  /** The definitions that were read at the start. */
  readonly read: () => CachedDefinitions | undefined
  /** Whether what is stored is damaged, and has to be deleted. */
  readonly isCorrupt: () => boolean
  readonly format: number
  readonly textOf: typeof textOf
  readonly traitsOf: typeof traitsOf
}

export interface Stored {
  header: Header
  patch: Patch | undefined
  changes: Changes
  changeNumbers: ChangeNumbers
  confirmedAt: number
}

interface CacheParts {
  keyValue: Pick<KeyValue, 'transact'>
  /** A text that tells apart the caches of different SDK keys, filters and services. */
  scope: string
  /** A cache that the service confirmed longer ago is not used, ms. */
  maxAgeMs: number
  now: () => number
  /** Called when the database failed. For reading, that only means that there is no cache. */
  onFault: (fault: unknown) => void
  /** Called when what is stored is damaged: there is no cache, and everything is fetched. */
  onCorrupt: () => void
  /** Called when definitions were stored. */
  onStored: () => void
}

/** Grows when records of older versions cannot be read any more. */
const FORMAT = 2
/** A change number is at most a day later than the confirmation of its definitions: change numbers are times of the service, ms. */
const DAY_MS = 86_400_000

export function createDefinitionsCache(parts: CacheParts): DefinitionsCache {
  const { keyValue, scope, maxAgeMs, now, onFault, onCorrupt, onStored } = parts
  // The scope comes last, so that all headers are found together.
  const headerKey = ['header', scope]
  const textsKey = [scope, 'texts']
  const patchKey = [scope, 'patch']
  let read: CachedDefinitions | undefined
  let isCorrupt = false
  let isStopped = false

  const noteCorrupt = () => {
    isCorrupt = true
    onCorrupt()
  }
  // The age counts in both directions: a clock that was wrong once must not keep a cache for ever.
  const isRecent = (confirmedAt: number) => Number.isFinite(confirmedAt) && Math.abs(now() - confirmedAt) <= maxAgeMs

  const stored: Door['stored'] = async (store) => {
    const [header, patch] = await Promise.all([
      requestResult(store.get(headerKey) as IDBRequest<Header | undefined>),
      requestResult(store.get(patchKey) as IDBRequest<Patch | undefined>),
    ])
    if (header?.format !== FORMAT) return undefined
    const found = wholeOf(header, patch)
    if (!found) noteCorrupt()
    return found && isRecent(found.confirmedAt) ? found : undefined
  }

  return {
    async read(matchingKeys, withDefinitions = true) {
      const memberships = new Map<string, CachedMemberships>()
      const definitions = await keyValue
        .transact('readonly', async (store) => {
          const get = <T>(key: IDBValidKey) => requestResult(store.get(key) as IDBRequest<T>)
          const [old, texts, ...answers] = await Promise.all([
            withDefinitions ? stored(store) : undefined,
            withDefinitions ? get<unknown>(textsKey) : undefined,
            ...matchingKeys.map((key) => get<CachedMemberships | undefined>([scope, 'memberships', key])),
          ])
          matchingKeys.forEach((key, i) => {
            const answer = answers[i]
            if (answer && isRecent(answer.confirmedAt) && areMemberships(answer)) memberships.set(key, answer)
          })
          // Wrapped in an array: a bare promise would be awaited here and keep the transaction open while the texts are read.
          return old && [cachedFrom(old, texts).catch(noteCorrupt)]
        })
        .then((found) => found?.[0])
        .catch(onFault)
      return { definitions: (read ??= definitions as CachedDefinitions | undefined), memberships }
    },
    door: {
      keyValue,
      scope,
      now,
      onFault,
      onStored,
      headerKey,
      textsKey,
      patchKey,
      stored,
      format: FORMAT,
      textOf,
      traitsOf,
      read: () => read,
      isCorrupt: () => isCorrupt,
      isStopped: () => isStopped,
    },
    stop() {
      isStopped = true
    },
  }
}

/** Header and patch, if everything in them is as a page writes it: what a disk gives back may be anything. */
function wholeOf(header: Header, patch: Patch | undefined): Stored | undefined {
  try {
    const { generation, names, starts, traits, trait } = header
    const { changeNumbers, confirmedAt } = patch ?? header
    const changes = (patch ? JSON.parse(patch.text) : { changed: [[], []], removed: [[], []] }) as Changes
    const { changed, removed } = changes
    const lists = [names, removed, changed.map((list) => list.map(({ name }) => name))]
    const isWhole =
      [header, patch ?? header].every((record) => record.generation === generation && areNumbers(record)) &&
      lists.every((kinds) => kinds.length === 2 && kinds.every(areTexts)) &&
      starts instanceof Uint32Array &&
      starts.length === names.flat().length + 1 &&
      starts.every((start, i) => start >= (starts[i - 1] ?? 0)) &&
      trait instanceof Uint32Array &&
      trait.length === starts.length - 1 &&
      trait.every((index) => index < traits.length) &&
      traits.every(
        ({ usesSegments, trafficType, sets }) =>
          typeof usesSegments === 'boolean' && areTexts(sets) && areTexts([trafficType ?? '']),
      )
    return isWhole ? { header, patch, changes, changeNumbers, confirmedAt } : undefined
  } catch {
    return undefined
  }
}

function areTexts(list: readonly unknown[]): boolean {
  return Array.isArray(list) && list.every((text) => typeof text === 'string')
}

function areNumbers({ changeNumbers, confirmedAt }: Header | Patch): boolean {
  const { flags, ruleBasedSegments } = changeNumbers
  return [flags, ruleBasedSegments].every(
    (number) => Number.isSafeInteger(number) && number >= -1 && number <= confirmedAt + DAY_MS,
  )
}

function areMemberships({ confirmedAt, answer }: CachedMemberships): boolean {
  const { ms, ls } = (answer ?? {}) as Partial<Record<string, { cn?: number } | null>>
  // A change number from the future would make all answers of the service look old.
  return [ms, ls].every((half) => typeof half === 'object' && !!half && !((half.cn ?? -1) > confirmedAt + DAY_MS))
}

/**
 * The definitions in the cache.
 *
 * @throws when the texts are not those of the header: otherwise the writer would take them for stored, and never mend them
 */
async function cachedFrom(
  { header, changes, changeNumbers, confirmedAt }: Stored,
  stored: unknown,
): Promise<CachedDefinitions> {
  const { generation, names, starts } = header
  const bytes = new Uint8Array(await (stored instanceof Blob ? stored.arrayBuffer() : (stored as ArrayBuffer)))
  const { length } = bytes
  if (starts.at(-1) !== length) throw new Error()
  const texts = { ...header, bytes }
  let at = 0
  const entries = names.map((list, kind) => {
    const byName = new Map<string, Entry>()
    for (const name of list) byName.set(name, createEntry(name, undefined, texts, at++))
    for (const name of changes.removed[kind] as string[]) byName.delete(name)
    for (const raw of changes.changed[kind] as Definition[]) byName.set(raw.name, createEntry(raw.name, raw))
    return byName
  }) as unknown as CachedDefinitions['entries']
  return { changeNumbers, confirmedAt, entries, base: { generation, names, length } }
}
