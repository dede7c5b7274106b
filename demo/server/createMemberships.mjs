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

  return {
    /** @param {unknown} next */
    set(next) {
      byKey = parse(next)
      version = Math.max(version + 1, Date.now())
    },

    /** @param {string} key */
    answer(key) {
      const { segments, largeSegments } = byKey.get(key) ?? { segments: none, largeSegments: none }
      return { ms: wire(segments), ls: wire(largeSegments) }
    },
  }

  /** @param {List} list */
  function wire(list) {
    return { k: list.names.map((n) => ({ n })), cn: list.cn ?? version }
  }
}

/** @typedef {{ names: string[], cn?: number | undefined }} List */

/** @type {List} */
const none = { names: [] }

/**
 * @param {unknown} raw
 * @returns {Map<string, { segments: List, largeSegments: List }>}
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
  const names = isRecord(raw) ? raw.k : raw
  if (names === undefined || names === null) return none
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
