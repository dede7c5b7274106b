// @ts-check
import { createHash } from 'node:crypto'
import { StartError } from './StartError.mjs'

/**
 * @typedef {import('./createServer.mjs').Definition} Definition
 * @typedef {import('./createServer.mjs').DefinitionsDocument} DefinitionsDocument
 * @typedef {{ t: number, d: Definition[] }} Half
 * @typedef {{ from: number, t: number, changed: Definition[] }} HalfChange
 */

/**
 * The definitions as the service answers them: all at first, afterwards what is newer than the caller has.
 *
 * @param {unknown} first a `splitChanges` answer, of spec 1.3 (`{ ff, rbs }`) or 1.2 (`{ splits, since, till }`)
 */
export function createDefinitions(first) {
  let document = parse(first)
  /** Flags and segments that went away: clients that have them must be told. @type {{ ff: Definition[], rbs: Definition[] }} */
  let gone = { ff: [], rbs: [] }
  /** What a CDN that is behind still answers. @type {{ document: typeof document, gone: typeof gone } | undefined} */
  let old

  return {
    /** Of the first document: a browser's cache of other definitions must not be continued with these. */
    fingerprint: createHash('sha256').update(JSON.stringify(first)).digest('hex').slice(0, 8),

    get document() {
      return /** @type {DefinitionsDocument} */ ({ ff: wire(document.ff, -1), rbs: wire(document.rbs, -1) })
    },

    /** @param {string} name */
    flag: (name) => document.ff.d.find((flag) => flag.name === name),

    /**
     * @param {unknown} next
     * @returns {{ ff: HalfChange, rbs: HalfChange }}
     */
    set(next) {
      const parsed = parse(next)
      const before = document
      gone = { ff: tombstones(gone.ff, document.ff, parsed.ff), rbs: tombstones(gone.rbs, document.rbs, parsed.rbs) }
      document = parsed
      return { ff: changeOf(before.ff, document.ff, gone.ff), rbs: changeOf(before.rbs, document.rbs, gone.rbs) }
    },

    /**
     * The document with one flag changed, under the next change number.
     *
     * @param {string} name
     * @param {object} patch
     */
    patched(name, patch) {
      const t = Math.max(document.ff.t + 1, Date.now())
      const d = document.ff.d.map((flag) => (flag.name === name ? { ...flag, ...patch, changeNumber: t } : flag))
      return { ff: { ...document.ff, d, t }, rbs: document.rbs }
    },

    /** @param {boolean} isBehind whether a CDN goes on answering what is served now */
    setBehind(isBehind) {
      old = isBehind ? { document, gone } : undefined
    },

    /**
     * @param {string} search the query as it came, `?` included
     * @returns {object | undefined} undefined when a change number is not a number
     */
    answer(search) {
      const query = new URLSearchParams(search)
      const since = changeNumber(query.get('since'))
      const rbSince = changeNumber(query.get('rbSince'))
      if (since === undefined || rbSince === undefined) return undefined
      // An address that the CDN has not seen yet goes through.
      const now = (!query.has('till') && old) || { document, gone }
      const ff = newer(now.document.ff, now.gone.ff, since, filterOf(search, since))
      if (query.get('s') === '1.2') return { splits: ff.d, since: ff.s, till: ff.t }
      return { ff, rbs: newer(now.document.rbs, now.gone.rbs, rbSince, () => true) }
    },
  }
}

/**
 * @param {unknown} raw
 * @returns {{ ff: Half, rbs: Half }}
 */
function parse(raw) {
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

/**
 * @param {string} where
 * @param {unknown} list
 * @param {unknown} till
 * @returns {Half}
 */
function half(where, list, till) {
  const d = list ?? []
  if (!Array.isArray(d))
    throw new StartError(`definitions: not a splitChanges answer: "${where}" has no list of definitions`)
  for (const [index, item] of d.entries()) {
    if (!isRecord(item) || typeof item.name !== 'string') {
      throw new StartError(`definitions: not a splitChanges answer: definition ${index} of "${where}" has no name`)
    }
  }
  const t = d.reduce(
    (max, item) => Math.max(max, Number(item.changeNumber) || -1),
    typeof till === 'number' ? till : -1,
  )
  return { t, d }
}

/**
 * @param {Half} half
 * @param {Definition[]} gone
 * @param {number} since
 * @param {(definition: Definition) => boolean} wanted
 */
function newer(half, gone, since, wanted) {
  if (since < 0) return wire({ t: half.t, d: half.d.filter(wanted) }, since)
  // A definition without a version is as old as its document.
  const d = [...half.d, ...gone].filter((item) => (item.changeNumber ?? half.t) > since && wanted(item))
  return wire({ t: half.t, d }, since)
}

/**
 * @param {Half} half
 * @param {number} since
 */
function wire(half, since) {
  return { s: since, t: half.t, d: half.d }
}

/**
 * @param {Definition[]} earlier
 * @param {Half} before
 * @param {Half} after
 */
function tombstones(earlier, before, after) {
  const present = new Set(after.d.map((item) => item.name))
  const went = before.d.map((item) => ({ ...item, status: 'ARCHIVED', changeNumber: after.t }))
  const byName = new Map([...earlier, ...went].map((item) => [item.name, item]))
  return [...byName.values()].filter((item) => !present.has(item.name))
}

/**
 * @param {Half} before
 * @param {Half} after
 * @param {Definition[]} gone
 * @returns {HalfChange}
 */
function changeOf(before, after, gone) {
  const texts = new Map(before.d.map((item) => [item.name, JSON.stringify(item)]))
  const changed = [
    ...after.d.filter((item) => texts.get(item.name) !== JSON.stringify(item)),
    ...gone.filter((item) => texts.has(item.name)),
  ]
  return { from: before.t, t: after.t, changed }
}

/**
 * @param {string} search
 * @param {number} since
 * @returns {(definition: Definition) => boolean}
 */
function filterOf(search, since) {
  // Read by hand: the commas between values are literal, those inside a value are encoded.
  const list = (/** @type {string} */ name) =>
    (new RegExp(`[?&]${name}=([^&]*)`).exec(search)?.[1] ?? '').split(',').filter(Boolean).map(decode)
  const sets = list('sets')
  // A flag that has left the set is sent as well, or its clients would keep it for ever.
  if (sets.length > 0) return (item) => since >= 0 || sets.some((set) => (item.sets ?? []).includes(set))
  const names = list('names')
  const prefixes = list('prefixes')
  if (names.length + prefixes.length === 0) return () => true
  return (item) => names.includes(item.name) || prefixes.some((prefix) => item.name.startsWith(prefix))
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** @param {string | null} text */
function changeNumber(text) {
  if (text === null) return -1
  return /^-?\d+$/.test(text) ? Number(text) : undefined
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
