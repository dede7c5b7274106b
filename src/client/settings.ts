import { PennonSettingsError } from '../shared/errors'
import { validateKey } from './validate/validateKey'
import type { Paths, Settings, Urls } from './types'
import type { ValidKey } from './validate/validateKey'

/** Settings with every default filled in, ready to be wired. */
export interface ResolvedSettings extends Required<
  Omit<
    Settings,
    | 'key'
    | 'trafficType'
    | 'attributes'
    | 'impressionListener'
    | 'flagSets'
    | 'flagNames'
    | 'flagPrefixes'
    | 'fallbackTreatments'
    | 'bootstrap'
    | 'headers'
    | 'urls'
    | 'paths'
    | 'outbox'
    | 'server'
  >
> {
  key: ValidKey
  trafficType: string | undefined
  attributes: Settings['attributes']
  impressionListener: Settings['impressionListener']
  flagSets: readonly string[] | undefined
  flagNames: readonly string[] | undefined
  flagPrefixes: readonly string[] | undefined
  fallbackTreatments: Settings['fallbackTreatments']
  bootstrap: Settings['bootstrap']
  headers: Settings['headers']
  server: Settings['server']
  urls: Urls
  paths: Paths
  /** Those that the application set. */
  customPaths: ReadonlySet<string>
  outbox: Required<NonNullable<Settings['outbox']>>
}

type Check = readonly [passes: (value: unknown) => boolean, expectation: string]

const isString = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const TEXT: Check = [isString, 'a non-empty string']
const BOOLEAN: Check = [(value) => typeof value === 'boolean', 'true or false']
const FUNCTION: Check = [(value) => typeof value === 'function', 'a function']
const OBJECT: Check = [isObject, 'an object']
const MS: Check = numberFrom(0, 'ms')
/** A second at least: a mistyped unit must not turn into a request loop. */
const PERIOD: Check = numberFrom(1000, 'ms')

function numberFrom(least: number, unit: string): Check {
  return [
    (value) => typeof value === 'number' && value >= least && value < Infinity,
    `a number of ${unit}, ${least} or more`,
  ]
}

function oneOf(...values: string[]): Check {
  return [(value) => values.includes(value as string), values.map((value) => `'${value}'`).join(' or ')]
}

function listUpTo(most: number): Check {
  return [
    (value) => Array.isArray(value) && value.length > 0 && value.length <= most && value.every(isString),
    `a list of 1 to ${most} non-empty strings`,
  ]
}

const CHECKS: Readonly<Record<keyof Settings, Check>> = {
  sdkKey: TEXT,
  key: [
    (value) => validateKey(value) !== undefined,
    'a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these',
  ],
  trafficType: TEXT,
  attributes: OBJECT,
  labelsEnabled: BOOLEAN,
  impressionsMode: oneOf('OPTIMIZED', 'DEBUG', 'NONE'),
  impressionListener: FUNCTION,
  outbox: OBJECT,
  impressionsForUnknownFlags: BOOLEAN,
  flagSets: listUpTo(50),
  flagNames: listUpTo(400),
  flagPrefixes: listUpTo(50),
  fallbackTreatments: OBJECT,
  bootstrap: [
    (value) => isObject(value) && isObject((value as { splitChanges?: unknown }).splitChanges),
    'an object with splitChanges',
  ],
  consent: oneOf('granted', 'unknown', 'declined'),
  persistence: oneOf('all', 'definitions', 'none'),
  cacheMaxAgeMs: MS,
  updatePolicy: oneOf('immediate', 'nextLoad', 'manual'),
  server: oneOf('poll'),
  streaming: BOOLEAN,
  urls: OBJECT,
  paths: OBJECT,
  headers: FUNCTION,
  readyTimeoutMs: MS,
  requestTimeoutMs: numberFrom(1, 'ms'),
  definitionsRefreshMs: PERIOD,
  membershipsRefreshMs: PERIOD,
  impressionsFlushMs: PERIOD,
  countsFlushMs: PERIOD,
  uniqueKeysFlushMs: PERIOD,
  eventsFlushMs: PERIOD,
  logger: [
    (value) =>
      isObject(value) &&
      ['debug', 'info', 'warn', 'error'].every(
        (name) => typeof (value as Record<string, unknown>)[name] === 'function',
      ),
    'an object with the functions debug, info, warn and error',
  ],
  logLevel: oneOf('debug', 'info', 'warn', 'error', 'none'),
}

const DEFAULT_URLS: Urls = {
  sdk: 'https://sdk.split.io/api',
  auth: 'https://auth.split.io/api',
  streaming: 'https://streaming.split.io',
  events: 'https://events.split.io/api',
  telemetry: 'https://telemetry.split.io/api',
}

const DEFAULT_PATHS: Paths = {
  definitions: '/splitChanges',
  memberships: '/memberships',
  auth: '/v2/auth',
  streaming: '/sse',
  impressions: '/testImpressions/bulk',
  counts: '/testImpressions/count',
  uniqueKeys: '/v1/keys/cs',
  events: '/events/bulk',
}

const DEFAULT_OUTBOX = { maxBytes: 8 * 1024 * 1024, maxItems: 50_000, maxAgeMs: 7 * 86_400_000, flushBytes: 48 * 1024 }

/**
 * Validates the settings and fills in the defaults.
 *
 * @throws PennonSettingsError for the first mistake, with what was expected and what was found
 */
export function resolveSettings(settings: Settings): ResolvedSettings {
  if (!isObject(settings)) throw mistake('settings', 'an object', settings)
  checkAll(settings, CHECKS, '')
  for (const name of ['sdkKey', 'key'] as const) {
    if (settings[name] === undefined) throw mistake(name, CHECKS[name][1], undefined)
  }
  if (settings.flagSets && (settings.flagNames || settings.flagPrefixes)) {
    throw new PennonSettingsError('flagSets', 'flagSets cannot be combined with flagNames or flagPrefixes')
  }
  const mode = settings.impressionsMode ?? 'OPTIMIZED'
  const given = defined(settings)

  return {
    labelsEnabled: true,
    impressionsMode: mode,
    impressionsForUnknownFlags: true,
    consent: 'granted',
    persistence: 'all',
    cacheMaxAgeMs: 10 * 86_400_000,
    updatePolicy: 'immediate',
    streaming: true,
    readyTimeoutMs: 10_000,
    requestTimeoutMs: 5_000,
    definitionsRefreshMs: 60_000,
    membershipsRefreshMs: 60_000,
    impressionsFlushMs: mode === 'DEBUG' ? 60_000 : 300_000,
    countsFlushMs: 1_800_000,
    uniqueKeysFlushMs: 900_000,
    eventsFlushMs: 60_000,
    logger: console,
    logLevel: 'warn',
    trafficType: undefined,
    attributes: undefined,
    impressionListener: undefined,
    flagSets: undefined,
    flagNames: undefined,
    flagPrefixes: undefined,
    fallbackTreatments: undefined,
    bootstrap: undefined,
    headers: undefined,
    server: undefined,
    ...given,
    key: validateKey(settings.key) as ValidKey,
    urls: nested(
      'urls',
      DEFAULT_URLS,
      settings.urls,
      [isUrl, 'an absolute http(s) URL or a path on this origin'],
      (url: string) => url.replace(/\/+$/, ''),
    ),
    paths: nested('paths', DEFAULT_PATHS, settings.paths, TEXT, (path: string) => '/' + path.replace(/^\/+|\/+$/g, '')),
    customPaths: new Set(Object.keys(defined(settings.paths ?? {}))),
    outbox: nested('outbox', DEFAULT_OUTBOX, settings.outbox, numberFrom(1, 'bytes, items or ms'), (value) => value),
  }
}

function checkAll(values: object, checks: Readonly<Record<string, Check>>, prefix: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(checks, name)) {
      const close = Object.keys(checks).find((known) => isClose(known, name))
      throw new PennonSettingsError(
        prefix + name,
        `${prefix + name} is no setting of pennon${close ? `; did you mean ${prefix + close}?` : ''}`,
      )
    }
    const [passes, expectation] = checks[name] as Check
    if (value !== undefined && !passes(value)) throw mistake(prefix + name, expectation, value)
  }
}

function nested<Value, Shape extends { [Name in keyof Shape]: Value }>(
  name: string,
  defaults: Shape,
  given: Partial<Shape> | undefined,
  check: Check,
  normalise: (value: Value) => Value,
): Shape {
  if (!given) return defaults
  checkAll(given, Object.fromEntries(Object.keys(defaults).map((key) => [key, check])), `${name}.`)
  const normalised = Object.entries(defined(given)).map(([key, value]) => [key, normalise(value as Value)])
  return { ...defaults, ...Object.fromEntries(normalised) } as Shape
}

/** Without the members that are undefined: those mean the default, as absent ones do. */
function defined<Shape extends object>(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape
}

function isUrl(value: unknown): boolean {
  return isString(value) && /^(https?:\/\/[^/]|\/)/.test(value)
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
  return new PennonSettingsError(name, `${name} must be ${expectation}; got ${shown(value)}`)
}

function shown(value: unknown): string {
  try {
    return (typeof value === 'string' ? JSON.stringify(value) : String(value)).slice(0, 60)
  } catch {
    return typeof value
  }
}
