import type { StoredRow, Table } from './types'

/** The rows of a body, without the receiver's stamps. */
export interface Parsed {
  table: Table
  rows: StoredRow[]
}

/** A body that is JSON but not what the endpoint takes. */
class ShapeError extends Error {}

/** The last moment that a `Date` can hold, epoch ms. */
const latestTime = 8.64e15

/** The readers of bodies, by path below the API's base. */
const parsers: Record<string, (body: unknown) => Parsed> = {
  '/testImpressions/bulk': impressions,
  '/testImpressions/count': counts,
  '/events/bulk': events,
  '/v1/keys/cs': uniqueKeys,
}

/** The endpoint that each address of beacons stands for. */
const beaconTwins: Record<string, string> = {
  '/testImpressions/beacon': '/testImpressions/bulk',
  '/testImpressions/count/beacon': '/testImpressions/count',
  '/events/beacon': '/events/bulk',
  '/v1/keys/cs/beacon': '/v1/keys/cs',
}

export const isBeaconPath = (path: string) => Object.hasOwn(beaconTwins, path)

export const telemetryPaths = [...Object.keys(parsers), ...Object.keys(beaconTwins)]

/** Throws a `ShapeError` when a body is not of its endpoint's shape. */
export function parseTelemetry(path: string, body: unknown): Parsed {
  const parse = parsers[beaconTwins[path] ?? path]
  if (!parse) throw new ShapeError(`nothing is sent to ${path}`)
  return parse(body)
}

function impressions(body: unknown): Parsed {
  const rows = records(body).flatMap(({ f, i }) =>
    records(i).map((item) => ({
      flag: string(f),
      key: string(item['k']),
      bucketingKey: optional(string, item['b']),
      treatment: string(item['t']),
      label: optional(string, item['r']),
      changeNumber: optional(whole, item['c']),
      time: time(item['m']),
      previousTime: optional(time, item['pt']),
      properties: optional(string, item['properties']),
    })),
  )
  return { table: 'impressions', rows }
}

function counts(body: unknown): Parsed {
  const rows = records(record(body)['pf']).map(({ f, m, rc }) => ({ flag: string(f), hour: time(m), count: whole(rc) }))
  return { table: 'counts', rows }
}

function uniqueKeys(body: unknown): Parsed {
  const rows = records(record(body)['keys']).flatMap(({ k, fs }) =>
    list(fs).map((flag) => ({ flag: string(flag), key: string(k) })),
  )
  return { table: 'unique_keys', rows }
}

function events(body: unknown): Parsed {
  const rows = records(body).map((item) => ({
    key: string(item['key']),
    type: string(item['eventTypeId']),
    trafficTypeName: string(item['trafficTypeName']),
    value: optional(number, item['value']),
    time: time(item['timestamp']),
    properties: item['properties'] ? JSON.stringify(item['properties']) : null,
  }))
  return { table: 'events', rows }
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new ShapeError('expected a list')
  return value
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new ShapeError('expected an object')
  return value as Record<string, unknown>
}

const records = (value: unknown) => list(value).map(record)

function string(value: unknown) {
  if (typeof value !== 'string') throw new ShapeError('expected a text')
  return value
}

function number(value: unknown) {
  // JSON can spell a number that is infinite: 1e999.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError('expected a number')
  return value
}

function whole(value: unknown) {
  if (!Number.isSafeInteger(value)) throw new ShapeError('expected a whole number')
  return value as number
}

function time(value: unknown) {
  const ms = whole(value)
  if (Math.abs(ms) > latestTime) throw new ShapeError('expected a time in epoch ms')
  return ms
}

function optional<T>(check: (value: unknown) => T, value: unknown) {
  return value === undefined || value === null ? null : check(value)
}
