import { readTreatment } from '../shared/readTreatment'
import { PennonSettingsError } from '../shared/errors'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { validateKey } from './key'
import type { OutboxLimits, Paths, Settings, Urls } from './types/settings'
import type { ValidKey } from './key'

/** Settings that have no default but their absence. */
type Absent =
  | 'trafficType'
  | 'attributes'
  | 'impressionListener'
  | 'flagSets'
  | 'flagNames'
  | 'flagPrefixes'
  | 'fallbackTreatments'
  | 'bootstrap'
  | 'localFlags'
  | 'server'
  | 'headers'

/** Settings with every default filled in, ready to be wired. */
export type ResolvedSettings = Required<Omit<Settings, Absent | 'key' | 'urls' | 'paths' | 'outbox'>> & {
  [Name in Absent]: Settings[Name]
} & { key: ValidKey; urls: Urls; paths: Paths; outbox: Required<OutboxLimits> }

/** What a value must be, in words, and what becomes of it. */
type Check = readonly [
  passes: (value: unknown) => boolean,
  expectation: string,
  normalise?: (value: never, name: string) => unknown,
]
/** One setting and its default. One without a default must be there. */
type Row = readonly [check: Check, absent?: unknown]

const isText = (value: unknown): value is string => typeof value === 'string' && !!value.trim()
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const atLeast = (least: number, unit = 'ms', below = Infinity): Check => [
  (value) => typeof value === 'number' && value >= least && value < below,
  `a number of ${unit}, ${least} or more${below < Infinity ? `, below ${below}` : ''}`,
]
/** Timers take a longer time for none at all. */
const time = (least: number) => atLeast(least, 'ms', 2 ** 31)
const oneOf = (...values: string[]): Check => [
  (value) => values.includes(value as string),
  values.map((value) => `'${value}'`).join(' or '),
]
const listUpTo = (most: number): Row => [
  [
    (value) => Array.isArray(value) && value.length > 0 && value.length <= most && value.every(isText),
    `a list of 1 to ${most} non-empty strings`,
  ],
  undefined,
]
const group = (check: Check, defaults: object): Row => {
  const rows = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, [check, value] as const]))
  return [[isObject, 'an object', (given: object, name) => fill(given, rows, `${name}.`)], {}]
}

const TEXT: Check = [isText, 'a non-empty string']
const TREATMENT: Check = [(value) => !!readTreatment(value), 'a treatment, or { treatment, config } of texts']
const BOOLEAN: Check = [(value) => typeof value === 'boolean', 'true or false']
const FUNCTION: Row = [[(value) => typeof value === 'function', 'a function'], undefined]
const OBJECT: Row = [[isObject, 'an object'], undefined]
/** A second at least: a mistyped unit must not turn into a request loop. */
const PERIOD = time(1000)
const METHODS = ['name', 'start', 'impression', 'stop']
const LEVELS = ['debug', 'info', 'warn', 'error']

const ROWS: Readonly<Record<keyof Settings, Row>> = {
  sdkKey: [TEXT],
  key: [
    [
      (value) => !!validateKey(value),
      'a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these',
      validateKey,
    ],
  ],
  trafficType: [TEXT, undefined],
  attributes: OBJECT,
  labelsEnabled: [BOOLEAN, true],
  impressionsMode: [oneOf('OPTIMIZED', 'DEBUG', 'NONE'), 'OPTIMIZED'],
  impressionListener: FUNCTION,
  integrations: [
    [
      (value) => Array.isArray(value) && value.every((it) => isObject(it) && METHODS.every((name) => it[name])),
      'a list of integrations: objects with a name and the functions start, impression and stop',
    ],
    [],
  ],
  outbox: group(atLeast(1, 'bytes, items or ms'), {
    maxBytes: 8 * 1024 * 1024,
    maxItems: 50_000,
    maxAgeMs: 7 * 86_400_000,
    flushBytes: 48 * 1024,
  } satisfies OutboxLimits),
  impressionsForUnknownFlags: [BOOLEAN, true],
  flagSets: listUpTo(50),
  flagNames: listUpTo(400),
  flagPrefixes: listUpTo(50),
  fallbackTreatments: OBJECT,
  bootstrap: [
    [(value) => isObject(value) && isObject(value['splitChanges']), 'an object with splitChanges'],
    undefined,
  ],
  localFlags: [
    [
      isObject,
      'an object',
      (given: object | undefined, name) => {
        if (given) fill(given, Object.fromEntries(Object.keys(given).map((flag) => [flag, [TREATMENT]])), `${name}.`)
        // As it is: `update()` reads it again.
        return given
      },
    ],
    undefined,
  ],
  allowOverrides: [BOOLEAN, false],
  consent: [oneOf('granted', 'unknown', 'declined'), 'granted'],
  persistence: [oneOf('all', 'definitions', 'none'), 'all'],
  cacheMaxAgeMs: [atLeast(0), 10 * 86_400_000],
  updatePolicy: [oneOf('immediate', 'nextLoad', 'manual'), 'immediate'],
  server: [oneOf('none', 'poll'), undefined],
  streaming: [BOOLEAN, true],
  urls: group(
    [
      (value) => isText(value) && /^(https?:\/\/[^/]|\/)/.test(value),
      'an absolute http(s) URL or a path on this origin',
      (url: string) => url.replace(/\/+$/, ''),
    ],
    SERVICE_URLS satisfies Urls,
  ),
  paths: group([isText, TEXT[1], (path: string) => '/' + path.replace(/^\/+|\/+$/g, '')], {
    definitions: '/splitChanges',
    memberships: '/memberships',
    auth: '/v2/auth',
    streaming: '/sse',
    impressions: '/testImpressions/bulk',
    counts: '/testImpressions/count',
    uniqueKeys: '/v1/keys/cs',
    events: '/events/bulk',
  } satisfies Paths),
  headers: FUNCTION,
  readyTimeoutMs: [time(0), 10_000],
  requestTimeoutMs: [time(1), 5_000],
  definitionsRefreshMs: [PERIOD, 60_000],
  membershipsRefreshMs: [PERIOD, 60_000],
  impressionsFlushMs: [PERIOD, undefined],
  countsFlushMs: [PERIOD, 1_800_000],
  uniqueKeysFlushMs: [PERIOD, 900_000],
  eventsFlushMs: [PERIOD, 60_000],
  logger: [
    [
      (value) => isObject(value) && LEVELS.every((level) => typeof value[level] === 'function'),
      'an object with the functions debug, info, warn and error',
    ],
    console,
  ],
  logLevel: [oneOf(...LEVELS, 'none'), 'warn'],
}

/**
 * Validates the settings and fills in the defaults.
 *
 * @throws PennonSettingsError for the first mistake, with what was expected and what was found
 */
export function resolveSettings(settings: object): ResolvedSettings {
  const [[passes, expectation]] = OBJECT
  if (!passes(settings)) throw mistake('settings', expectation, settings)
  const resolved = fill(settings, ROWS, '') as unknown as ResolvedSettings
  if (resolved.flagSets && (resolved.flagNames || resolved.flagPrefixes)) {
    throw new PennonSettingsError('flagSets', 'cannot be combined with flagNames or flagPrefixes')
  }
  resolved.impressionsFlushMs ??= resolved.impressionsMode === 'DEBUG' ? 60_000 : 300_000
  return resolved
}

/** Every setting of the rows, as given or by default. `undefined` means the default, as absence does. */
function fill(given: object, rows: Readonly<Record<string, Row>>, prefix: string): object {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rows, name)) continue
    const close = Object.keys(rows).find((known) => isClose(known, name))
    throw new PennonSettingsError(
      prefix + name,
      `is no setting of pennon${close ? `; did you mean ${prefix + close}?` : ''}`,
    )
  }
  const filled = Object.entries(rows).map(([name, row]) => {
    const [[passes, expectation, normalise], absent] = row
    let value = (given as Record<string, unknown>)[name]
    if (value === undefined && row.length > 1) value = absent
    else if (!passes(value)) throw mistake(prefix + name, expectation, value)
    return [name, normalise ? normalise(value as never, name) : value]
  })
  return Object.fromEntries(filled) as object
}

/** One letter wrong, missing, doubled or swapped, or another case: what a typing mistake looks like. */
function isClose(known: string, given: string): boolean {
  const a = known.toLowerCase()
  const b = given.toLowerCase()
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end <= 2
}

function mistake(name: string, expectation: string, value: unknown): PennonSettingsError {
  let shown: string = typeof value
  try {
    shown = shown === 'string' ? JSON.stringify(value) : String(value)
  } catch {
    // An object that cannot be made a text.
  }
  return new PennonSettingsError(name, `must be ${expectation}; got ${shown.slice(0, 60)}`)
}
