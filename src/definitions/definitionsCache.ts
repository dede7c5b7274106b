import { requestResult } from '../browser/requestResult'
import { createEntry } from './entry'
import type { KeyValue } from '../browser/keyValue'
import type { CachedDefinitions, CachedTexts, ChangeNumbers, Definition, Entry } from './types'

/** The reading half of the cache of one SDK key, filter and spec version. Whatever goes wrong costs the cache and nothing else. */
export interface DefinitionsCache {
  /** All that a start needs, in one transaction; or memberships only. Resolves with what could be had; never rejects. */
  read(matchingKeys: readonly string[], withDefinitions?: boolean): Promise<CacheContent>
  /** What the writing half, which comes with the second file, has to know. */
  readonly door: Door
  /** Ends a write at its next slice. */
  stop(): void
}

export interface CacheContent {
  readonly definitions: CachedDefinitions | undefined
  /** By matching key, as the service answered them. */
  readonly memberships: ReadonlyMap<string, unknown>
}

/** What reading and writing share. It is handed over, because the writer is loaded by itself. */
export interface Door extends Pick<CacheParts, 'keyValue' | 'scope' | 'now' | 'onFault'> {
  readonly headerKey: IDBValidKey
  readonly textsKey: IDBValidKey
  readonly patchKey: IDBValidKey
  readonly isStopped: () => boolean
  /** Header and patch, if they can be used. */
  readonly stored: (store: IDBObjectStore) => Promise<Stored | undefined>
  /** What was read at the start. */
  readonly read: () => CachedDefinitions | undefined
  /** What is stored is not whole, and has to be deleted. */
  readonly isCorrupt: () => boolean
  readonly format: number
}

export interface Stored {
  header: Header
  patch: Patch | undefined
  changeNumbers: ChangeNumbers
}

/** In a file of its own; as bytes where the browser stores no files, as some do in private windows. */
export type Texts = Blob | ArrayBuffer

/** All but the texts, which are a record of their own. */
export interface Header extends Omit<CachedTexts, 'bytes'> {
  /** `FORMAT` of the version that wrote it. */
  format: number
  changeNumbers: ChangeNumbers
  confirmedAt: number
  names: [flags: string[], segments: string[]]
}

export interface Patch {
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  /** JSON of `Changes`. */
  text: string
}

/** What changed since the texts were stored: of the flags, and of the rule-based segments. */
export interface Changes {
  changed: Definition[][]
  removed: string[][]
}

interface CacheParts {
  keyValue: Pick<KeyValue, 'transact'>
  /** SDK key, filter and spec version: caches of others are not ours. */
  scope: string
  /** Older ones are not used. */
  maxAgeMs: number
  now: () => number
  /** What the database failed at. Here it only means that there is no cache. */
  onFault: (fault: unknown) => void
}

/** Grows when records of older versions cannot be read any more. */
const FORMAT = 2

export function createDefinitionsCache(parts: CacheParts): DefinitionsCache {
  const { keyValue, scope, maxAgeMs, now, onFault } = parts
  // The scope comes last, so that all headers are found together.
  const headerKey = ['header', scope]
  const textsKey = [scope, 'texts']
  const patchKey = [scope, 'patch']
  let read: CachedDefinitions | undefined
  let isCorrupt = false
  let isStopped = false

  const stored: Door['stored'] = async (store) => {
    const [header, patch] = await Promise.all([
      requestResult(store.get(headerKey) as IDBRequest<Header | undefined>),
      requestResult(store.get(patchKey) as IDBRequest<Patch | undefined>),
    ])
    const latest = patch ?? header
    // The age counts in both directions: a clock that was wrong once must not keep a cache for ever.
    return header?.format === FORMAT && latest && Math.abs(now() - latest.confirmedAt) <= maxAgeMs
      ? { header, patch, changeNumbers: latest.changeNumbers }
      : undefined
  }

  return {
    async read(matchingKeys, withDefinitions = true) {
      const memberships = new Map<string, unknown>()
      const definitions = await keyValue
        .transact('readonly', async (store) => {
          const get = <T>(key: IDBValidKey) => requestResult(store.get(key) as IDBRequest<T>)
          const [old, texts, ...answers] = await Promise.all([
            withDefinitions ? stored(store) : undefined,
            withDefinitions ? get<Texts>(textsKey) : undefined,
            ...matchingKeys.map((key) => get([scope, 'memberships', key])),
          ])
          matchingKeys.forEach((key, i) => memberships.set(key, answers[i]))
          // Wrapped in an array: a bare promise would be awaited here and keep the transaction open while the texts are read.
          return old && [cachedFrom(old, texts as Texts).catch(() => void (isCorrupt = true))]
        })
        .then((found) => found?.[0])
        .catch(onFault)
      return { definitions: (read ??= definitions ?? undefined), memberships }
    },
    door: {
      keyValue,
      scope,
      now,
      onFault,
      headerKey,
      textsKey,
      patchKey,
      stored,
      format: FORMAT,
      read: () => read,
      isCorrupt: () => isCorrupt,
      isStopped: () => isStopped,
    },
    stop() {
      isStopped = true
    },
  }
}

/** @throws when it is not whole: what cannot be read must not pass for stored when the same is to be written */
async function cachedFrom({ header, patch }: Stored, stored: Texts): Promise<CachedDefinitions> {
  const { generation, names, starts } = header
  const bytes = new Uint8Array(stored instanceof Blob ? await stored.arrayBuffer() : stored)
  const { length } = bytes
  if (starts.at(-1) !== length) throw new Error()
  const texts = { ...header, bytes }
  const { changed, removed } = JSON.parse(patch?.text ?? '{"changed":[[],[]],"removed":[[],[]]}') as Changes
  let at = 0
  const entries = names.map((list, kind) => {
    const byName = new Map<string, Entry>()
    for (const name of list) byName.set(name, createEntry(name, undefined, texts, at++))
    for (const name of removed[kind] as string[]) byName.delete(name)
    for (const raw of changed[kind] as Definition[]) byName.set(raw.name, createEntry(raw.name, raw))
    return byName
  }) as unknown as CachedDefinitions['entries']
  const { changeNumbers, confirmedAt } = patch ?? header
  return { changeNumbers, confirmedAt, entries, base: { generation, names, length } }
}
