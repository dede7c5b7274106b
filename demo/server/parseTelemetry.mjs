// @ts-check

/**
 * @typedef {import('./createServer.mjs').StoredRow} StoredRow
 * @typedef {{ table: 'impressions' | 'counts' | 'unique_keys' | 'events', rows: StoredRow[] }} Parsed
 */

/** A body that is JSON but not what the endpoint takes. */
class ShapeError extends Error {}

/** The last moment that a `Date` can hold, epoch ms. */
const latestTime = 8.64e15

/** By path below the API's base. @type {Record<string, (body: any) => Parsed>} */
const parsers = {
  '/testImpressions/bulk': impressions,
  '/testImpressions/count': counts,
  '/events/bulk': events,
  '/v1/keys/cs': uniqueKeys,
}

/** The beacon twin of each endpoint. @type {Record<string, string>} */
const beaconTwins = {
  '/testImpressions/beacon': '/testImpressions/bulk',
  '/testImpressions/count/beacon': '/testImpressions/count',
  '/events/beacon': '/events/bulk',
  '/v1/keys/cs/beacon': '/v1/keys/cs',
}

/** @param {string} path */
export const isBeaconPath = (path) => Object.hasOwn(beaconTwins, path)

/** @param {string} path */
export const isTelemetryPath = (path) => Object.hasOwn(parsers, path) || isBeaconPath(path)

/**
 * The rows of a body, without the receiver's stamps. Throws a `ShapeError` when it is not of its endpoint's shape.
 *
 * @param {string} path
 * @param {unknown} body
 * @returns {Parsed}
 */
export function parseTelemetry(path, body) {
  const parse = /** @type {(body: unknown) => Parsed} */ (parsers[beaconTwins[path] ?? path])
  return parse(body)
}

/** @param {any} body @returns {Parsed} */
function impressions(body) {
  const rows = array(body).flatMap(({ f, i }) =>
    array(i).map((item) => ({
      flag: string(f),
      key: string(item.k),
      bucketingKey: optional(string, item.b),
      treatment: string(item.t),
      label: optional(string, item.r),
      changeNumber: optional(whole, item.c),
      time: time(item.m),
      previousTime: optional(time, item.pt),
      properties: optional(string, item.properties),
    })),
  )
  return { table: 'impressions', rows }
}

/** @param {any} body @returns {Parsed} */
function counts(body) {
  return {
    table: 'counts',
    rows: array(body?.pf).map((item) => ({ flag: string(item.f), hour: time(item.m), count: whole(item.rc) })),
  }
}

/** @param {any} body @returns {Parsed} */
function uniqueKeys(body) {
  const rows = array(body?.keys).flatMap(({ k, fs }) =>
    list(fs).map((flag) => ({ flag: string(flag), key: string(k) })),
  )
  return { table: 'unique_keys', rows }
}

/** @param {any} body @returns {Parsed} */
function events(body) {
  return {
    table: 'events',
    rows: array(body).map((item) => ({
      key: string(item.key),
      type: string(item.eventTypeId),
      trafficTypeName: string(item.trafficTypeName),
      value: optional(number, item.value),
      time: time(item.timestamp),
      properties: item.properties ? JSON.stringify(item.properties) : null,
    })),
  }
}

/** @param {any} value @returns {any[]} */
function list(value) {
  if (!Array.isArray(value)) throw new ShapeError('expected a list')
  return value
}

/** @param {any} value @returns {any[]} */
function array(value) {
  if (list(value).some((item) => typeof item !== 'object' || item === null)) throw new ShapeError('expected objects')
  return value
}

/** @param {unknown} value */
function string(value) {
  if (typeof value !== 'string') throw new ShapeError('expected a text')
  return value
}

/** @param {unknown} value */
function number(value) {
  // JSON can spell a number that is none: 1e999.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError('expected a number')
  return value
}

/** @param {unknown} value */
function whole(value) {
  if (!Number.isSafeInteger(value)) throw new ShapeError('expected a whole number')
  return /** @type {number} */ (value)
}

/** @param {unknown} value */
function time(value) {
  const ms = whole(value)
  if (Math.abs(ms) > latestTime) throw new ShapeError('expected a time in epoch ms')
  return ms
}

/**
 * @template T
 * @param {(value: unknown) => T} check
 * @param {unknown} value
 */
function optional(check, value) {
  return value === undefined || value === null ? null : check(value)
}
