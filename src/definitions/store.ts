import type { KeyValue } from '../browser/keyValue'
import type { CachedDefinitions, ChangeNumbers, Traits } from './types'
import type { Writer } from './writer'

/** The cache of one SDK key, filter and spec version. Whatever goes wrong with it costs the cache and nothing else. */
export interface DefinitionsStore extends Writer {
  /** All that a start needs, in one transaction; or memberships only. Resolves with what could be had; never rejects. */
  read(matchingKeys: readonly string[], withDefinitions?: boolean): Promise<CacheContent>
  /** Ends a write at its next slice. */
  stop(): void
}

export interface CacheContent {
  readonly definitions: CachedDefinitions | undefined
  /** By matching key, as the service answered them. */
  readonly memberships: ReadonlyMap<string, unknown>
}

/** What reading and writing share. Handed over, so that the writer can be loaded by itself. */
export interface Door {
  readonly keyValue: Pick<KeyValue, 'transact'>
  readonly scope: string
  readonly now: () => number
  readonly headerKey: IDBValidKey
  readonly patchKey: IDBValidKey
  readonly isStopped: () => boolean
  /** Header and patch, if they can be used. */
  readonly stored: (store: IDBObjectStore) => Promise<Stored>
  readonly done: <T>(request: IDBRequest<T>) => Promise<T>
  /** What was read at the start. */
  readonly read: () => CachedDefinitions | undefined
  readonly format: number
}

export type Stored = { header: Header; patch: Patch | undefined; changeNumbers: ChangeNumbers } | undefined

export interface Header {
  /** `FORMAT` of the version that wrote it. */
  format: number
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  names: [flags: string[], segments: string[]]
  /** Where each definition begins in the texts joined together, and, last, where the last one ends; UTF-16 units. */
  starts: Uint32Array
  /** Of all text records but the last, UTF-16 units. */
  recordLength: number
  /** Few different ones, and for each definition which. */
  traits: Traits[]
  trait: Uint32Array
}

export interface Patch {
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  /** JSON of `CachedDefinitions.patch`. */
  text: string
}

interface StoreParts {
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
const FORMAT = 1
/** A disk that is full or broken is left alone after so many tries of a page. */
const MOST_FAULTS = 3

export function createDefinitionsStore({ keyValue, scope, maxAgeMs, now, onFault }: StoreParts): DefinitionsStore {
  // The scope comes last, so that all headers are found together.
  const headerKey = ['header', scope]
  const patchKey = [scope, 'patch']
  let read: CachedDefinitions | undefined
  let isStopped = false
  let faults = 0
  let writer: Promise<Writer> | undefined
  let queue: Promise<void> = Promise.resolve()

  const stored: Door['stored'] = async (store) => {
    const [header, patch] = await Promise.all([
      done(store.get(headerKey) as IDBRequest<Header | undefined>),
      done(store.get(patchKey) as IDBRequest<Patch | undefined>),
    ])
    const latest = patch ?? header
    // Its age in both directions: a clock that was wrong once must not keep a cache for ever.
    return header?.format === FORMAT && latest && Math.abs(now() - latest.confirmedAt) <= maxAgeMs
      ? { header, patch, changeNumbers: latest.changeNumbers }
      : undefined
  }
  // One after the other. What writes is not needed before there is something to write, and loaded then.
  const inTurn = (work: (writer: Writer) => Promise<void>): Promise<void> =>
    (queue = queue
      .then(async () => {
        if (isStopped || faults === MOST_FAULTS) return
        writer ??= import('./writer').then(({ createWriter }) =>
          createWriter({
            keyValue,
            scope,
            now,
            headerKey,
            patchKey,
            isStopped: () => isStopped,
            stored,
            done,
            read: () => read,
            format: FORMAT,
          }),
        )
        await work(await writer)
      })
      .catch((fault: unknown) => {
        faults++
        onFault(fault)
      }))

  return {
    async read(matchingKeys, withDefinitions = true) {
      const memberships = new Map<string, unknown>()
      const definitions = await keyValue
        .transact('readonly', async (store) => {
          const [old, ...answers] = await Promise.all([
            withDefinitions ? stored(store) : undefined,
            ...matchingKeys.map((key) => done<unknown>(store.get([scope, 'memberships', key]))),
          ])
          matchingKeys.forEach((key, i) => memberships.set(key, answers[i]))
          if (!old) return undefined
          const { generation } = old.header
          const texts = IDBKeyRange.bound([scope, 'text', generation], [scope, 'text', generation, []])
          return cachedFrom(old.header, old.patch, await done(store.getAll(texts) as IDBRequest<string[]>))
        })
        .catch(onFault)
      return { definitions: (read ??= definitions ?? undefined), memberships }
    },
    write: (snapshot, confirmedAt) => inTurn((writer) => writer.write(snapshot, confirmedAt)),
    writeMemberships: (matchingKey, answer) => inTurn((writer) => writer.writeMemberships(matchingKey, answer)),
    forgetMemberships: () => inTurn((writer) => writer.forgetMemberships()),
    clear: () => inTurn((writer) => writer.clear()),
    stop() {
      isStopped = true
    },
  }
}

/** Undefined, or a throw, when it is not whole. */
function cachedFrom(header: Header, patch: Patch | undefined, texts: readonly string[]): CachedDefinitions | undefined {
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
    patch: patch && (JSON.parse(patch.text) as NonNullable<CachedDefinitions['patch']>),
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('a request of the database failed'))
  })
}
