// @ts-check
import { StartError } from './StartError.mjs'

/** @typedef {import('./createServer.mjs').MembershipsDocument} MembershipsDocument */

/**
 * Which segments a key is in, as the service answers it.
 *
 * @param {unknown} first `{ key: { segments, largeSegments } }`, or per key the service's own `{ ms, ls }`
 */
export function createMemberships(first) {
  let version = Date.now()
  let byKey = parse(first)
  /** What a CDN that is behind still answers. @type {{ byKey: typeof byKey, version: number } | undefined} */
  let old

  return {
    /**
     * Later documents are newer than what was answered before, whatever numbers they bring.
     *
     * @param {unknown} next
     */
    set(next) {
      const before = byKey
      byKey = parse(next)
      const segments = changesOf(before, byKey, 'segments')
      const largeSegments = changesOf(before, byKey, 'largeSegments')
      // Each change may be told by itself, under a number of its own.
      version = Math.max(version + Math.max(segments.length, largeSegments.length, 1), Date.now())
      for (const lists of byKey.values()) for (const list of Object.values(lists)) list.cn = undefined
      return { cn: version, segments, largeSegments }
    },

    /**
     * The document with one key in these segments, and in no others.
     *
     * @param {string} key
     * @param {unknown} segments `{ segments, largeSegments }`
     */
    patched: (key, segments) => ({ ...Object.fromEntries(byKey), [key]: segments }),

    /** @param {string} key */
    of(key) {
      const { segments, largeSegments } = byKey.get(key) ?? nowhere()
      return { segments: segments.names, largeSegments: largeSegments.names }
    },

    /** @param {boolean} isBehind whether a CDN goes on answering what is served now */
    setBehind(isBehind) {
      old = isBehind ? { byKey, version } : undefined
    },

    /**
     * @param {string} key
     * @param {boolean} isBypass the address is one that the CDN has not seen yet
     */
    answer(key, isBypass) {
      const now = (!isBypass && old) || { byKey, version }
      const wire = (/** @type {List} */ { names, cn = now.version }) => ({ k: names.map((n) => ({ n })), cn })
      const { segments, largeSegments } = now.byKey.get(key) ?? nowhere()
      return { ms: wire(segments), ls: wire(largeSegments) }
    },
  }
}

/** @typedef {{ names: string[], cn?: number | undefined }} List */
/** @typedef {{ segments: List, largeSegments: List }} Lists */

/** @returns {Lists} */
const nowhere = () => ({ segments: { names: [] }, largeSegments: { names: [] } })

/**
 * By segment, who came and who went.
 *
 * @param {Map<string, Lists>} before
 * @param {Map<string, Lists>} after
 * @param {keyof Lists} kind
 * @returns {import('./announcements.mjs').SegmentChange[]}
 */
function changesOf(before, after, kind) {
  const keys = new Set([...before.keys(), ...after.keys()])
  const namesOf = (/** @type {Map<string, Lists>} */ all, /** @type {string} */ key) => all.get(key)?.[kind].names ?? []
  const segments = new Set([...keys].flatMap((key) => [...namesOf(before, key), ...namesOf(after, key)]))
  return [...segments]
    .map((name) => {
      const was = [...keys].filter((key) => namesOf(before, key).includes(name))
      const is = [...keys].filter((key) => namesOf(after, key).includes(name))
      return {
        name,
        added: is.filter((key) => !was.includes(key)),
        removed: was.filter((key) => !is.includes(key)),
        isGone: is.length === 0,
      }
    })
    .filter(({ added, removed }) => added.length + removed.length > 0)
}

/**
 * @param {unknown} raw
 * @returns {Map<string, Lists>}
 */
function parse(raw) {
  if (!isRecord(raw)) throw new StartError('memberships: expected { "<key>": { "segments": [ … ] } }')
  return new Map(
    Object.entries(raw).map(([key, value]) => {
      if (!isRecord(value)) throw new StartError(`memberships: ${JSON.stringify(key)} is not an object`)
      const segments = list(key, value.segments ?? value.ms)
      const largeSegments = list(key, value.largeSegments ?? value.ls)
      return [key, { segments, largeSegments }]
    }),
  )
}

/**
 * @param {string} key
 * @param {unknown} raw
 * @returns {List}
 */
function list(key, raw) {
  // Also as it is kept here.
  const names = isRecord(raw) ? (raw.k ?? raw.names) : raw
  if (names === undefined || names === null) return { names: [] }
  if (!Array.isArray(names)) throw new StartError(`memberships: the segments of ${JSON.stringify(key)} are not a list`)
  return {
    names: names.map((item) => String(isRecord(item) ? item.n : item)),
    cn: isRecord(raw) && typeof raw.cn === 'number' ? raw.cn : undefined,
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
