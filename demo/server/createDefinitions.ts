import { createHash } from 'node:crypto'
import { StartError } from './StartError'
import type { Definition, DefinitionsDocument } from './types'

interface Half {
  t: number
  d: Definition[]
}

interface HalfChange {
  from: number
  t: number
  changed: Definition[]
}

/**
 * The definitions as the service answers them: all at first, afterwards what is newer than the caller has.
 *
 * @param first a `splitChanges` answer, of spec 1.3 (`{ ff, rbs }`) or 1.2 (`{ splits, since, till }`)
 */
export function createDefinitions(first: unknown) {
  let document = parse(first)
  /** Flags and segments that went away: clients that have them must be told. */
  let gone: { ff: Definition[]; rbs: Definition[] } = { ff: [], rbs: [] }
  /** The document that a CDN which is behind still answers. */
  let old: { document: typeof document; gone: typeof gone } | undefined

  return {
    /** Marks the first document: a browser's cache of other definitions must not be continued with these. */
    fingerprint: createHash('sha256').update(JSON.stringify(first)).digest('hex').slice(0, 8),

    get document(): DefinitionsDocument {
      return { ff: wire(document.ff, -1), rbs: wire(document.rbs, -1) }
    },

    flag: (name: string) => document.ff.d.find((flag) => flag.name === name),

    set(next: unknown): { ff: HalfChange; rbs: HalfChange } {
      const parsed = parse(next)
      const before = document
      gone = { ff: tombstones(gone.ff, document.ff, parsed.ff), rbs: tombstones(gone.rbs, document.rbs, parsed.rbs) }
      document = parsed
      return { ff: changeOf(before.ff, document.ff, gone.ff), rbs: changeOf(before.rbs, document.rbs, gone.rbs) }
    },

    segment: (name: string) => document.rbs.d.find((segment) => segment.name === name),

    /**
     * The document with one definition replaced or added, under the next change number.
     *
     * @param half of flags or of rule-based segments
     */
    with(definition: Definition, half: 'ff' | 'rbs' = 'ff') {
      const before = document[half]
      const t = Math.max(before.t + 1, Date.now())
      const next = { ...definition, changeNumber: t }
      const isThere = before.d.some(({ name }) => name === next.name)
      const d = isThere ? before.d.map((item) => (item.name === next.name ? next : item)) : [...before.d, next]
      return { ...document, [half]: { ...before, d, t } }
    },

    /** @param isBehind whether a CDN goes on answering what is served now */
    setBehind(isBehind: boolean) {
      old = isBehind ? { document, gone } : undefined
    },

    /**
     * @param search the query as it came, `?` included
     * @returns undefined when a change number is not a number
     */
    answer(search: string): object | undefined {
      const query = new URLSearchParams(search)
      const since = changeNumber(query.get('since'))
      const rbSince = changeNumber(query.get('rbSince'))
      if (since === undefined || rbSince === undefined) return undefined
      // A CDN passes on an address that it has not seen yet.
      const now = (!query.has('till') && old) || { document, gone }
      const ff = newer(now.document.ff, now.gone.ff, since, filterOf(search, since))
      if (query.get('s') === '1.2') return { splits: ff.d, since: ff.s, till: ff.t }
      return { ff, rbs: newer(now.document.rbs, now.gone.rbs, rbSince, () => true) }
    },
  }
}

function parse(raw: unknown): { ff: Half; rbs: Half } {
  if (isRecord(raw) && isRecord(raw.ff)) {
    return {
      ff: half('ff', raw.ff.d, raw.ff.t),
      rbs: isRecord(raw.rbs) ? half('rbs', raw.rbs.d, raw.rbs.t) : { t: -1, d: [] },
    }
  }
  if (isRecord(raw) && Array.isArray(raw.splits))
    return { ff: half('splits', raw.splits, raw.till), rbs: { t: -1, d: [] } }
  throw new StartError(
    'definitions: not a splitChanges answer: expected { "ff": { "d": [ … ] } } or { "splits": [ … ] }',
  )
}

function half(where: string, list: unknown, till: unknown): Half {
  const d = list ?? []
  if (!Array.isArray(d))
    throw new StartError(`definitions: not a splitChanges answer: "${where}" has no list of definitions`)
  const definitions = d.map((item: unknown, index) => {
    if (isRecord(item) && typeof item['name'] === 'string') return item as Definition
    throw new StartError(`definitions: not a splitChanges answer: definition ${index} of "${where}" has no name`)
  })
  const versions = definitions.map(({ changeNumber }) => Number(changeNumber) || -1)
  return { t: Math.max(typeof till === 'number' ? till : -1, ...versions), d: definitions }
}

function newer(half: Half, gone: Definition[], since: number, wanted: (definition: Definition) => boolean) {
  if (since < 0) return wire({ t: half.t, d: half.d.filter(wanted) }, since)
  // A definition without a version is as old as its document.
  const d = [...half.d, ...gone].filter((item) => (item.changeNumber ?? half.t) > since && wanted(item))
  return wire({ t: half.t, d }, since)
}

function wire(half: Half, since: number) {
  return { s: since, t: half.t, d: half.d }
}

function tombstones(earlier: Definition[], before: Half, after: Half) {
  const present = new Set(after.d.map((item) => item.name))
  const went = before.d.map((item) => ({ ...item, status: 'ARCHIVED', changeNumber: after.t }))
  const byName = new Map([...earlier, ...went].map((item) => [item.name, item]))
  return [...byName.values()].filter((item) => !present.has(item.name))
}

function changeOf(before: Half, after: Half, gone: Definition[]): HalfChange {
  const texts = new Map(before.d.map((item) => [item.name, JSON.stringify(item)]))
  const changed = [
    ...after.d.filter((item) => texts.get(item.name) !== JSON.stringify(item)),
    ...gone.filter((item) => texts.has(item.name)),
  ]
  return { from: before.t, t: after.t, changed }
}

function filterOf(search: string, since: number): (definition: Definition) => boolean {
  // The query is read by hand, because the commas between values are literal, and those inside a value are encoded.
  const list = (name: string) =>
    (new RegExp(`[?&]${name}=([^&]*)`).exec(search)?.[1] ?? '').split(',').filter(Boolean).map(decode)
  const sets = list('sets')
  // A flag that has left the set is sent as well, or its clients would keep it for ever.
  if (sets.length > 0) return (item) => since >= 0 || sets.some((set) => (item.sets ?? []).includes(set))
  const names = list('names')
  const prefixes = list('prefixes')
  if (names.length + prefixes.length === 0) return () => true
  return (item) => names.includes(item.name) || prefixes.some((prefix) => item.name.startsWith(prefix))
}

function decode(text: string) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function changeNumber(text: string | null) {
  if (text === null) return -1
  return /^-?\d+$/.test(text) ? Number(text) : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
