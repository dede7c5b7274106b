import { absoluteAddress } from '../browser/absoluteAddress'
import { PennonSettingsError } from '../shared/errors'
import { stringify } from '../shared/json'
import { isClose } from '../shared/isClose'
import { readTreatment } from '../shared/readTreatment'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { validateKey } from '../shared/validateKey'
import type { Paths, Settings, Urls } from './types/settings'
import type { ValidKey } from '../shared/validateKey'

/** Reads one setting: what was given, or its default. `name` is what a mistake is reported under. */
type Row<Value> = (given: unknown, name: string) => Value

const DAY_MS = 86_400_000
/** Browsers run a timer of this many ms or more at once. */
const LONGEST_TIMER_MS = 2 ** 31
/** Polls and posts are at least a second apart: a mistyped unit must not turn into a request loop. */
const LEAST_PERIOD_MS = 1000

const isText = (given: unknown): given is string => typeof given === 'string' && !!given.trim()
const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
const areFunctions = (given: unknown, ...names: string[]) =>
  isObject(given) && names.every((name) => typeof given[name] === 'function')

/** A setting that must be given. */
const required =
  <Value>(expectation: string, passes: (given: never) => unknown, read = (given: never): Value => given): Row<Value> =>
  (given, name) => {
    if (passes(given as never)) return read(given as never)
    let shown: string = typeof given
    try {
      shown =
        shown === 'string' || Array.isArray(given)
          ? stringify(given)
          : isObject(given)
            ? `{${Object.keys(given)
                .map((member) => ` ${member}`)
                .join()} }`
            : String(given)
    } catch {
      // An object that cannot be made a text is shown by its type.
    }
    throw new PennonSettingsError(name, `must be ${expectation}; got ${shown.slice(0, 60)}`)
  }
/** A setting with a default. `undefined` means the default, as absence does. */
const or =
  <Absent, Value>(absent: Absent, row: Row<Value>): Row<Absent | Value> =>
  (given, name) =>
    given === undefined ? absent : row(given, name)

const toggle = (absent: boolean) =>
  or(
    absent,
    required<boolean>('true or false', (given) => typeof given === 'boolean'),
  )
const choice = <Choice extends string, Absent extends Choice | undefined>(absent: Absent, ...choices: Choice[]) =>
  or(
    absent,
    required<Choice>(choices.map((text) => `'${text}'`).join(' or '), (given) => choices.includes(given)),
  )
const number = (absent: number, least: number, below = Infinity, unit = 'ms') =>
  or(
    absent,
    required<number>(
      `a number of ${unit}, ${least} or more${below < Infinity ? `, below ${below}` : ''}`,
      (given) => typeof given === 'number' && given >= least && given < below,
    ),
  )
const timer = (absent: number, least = LEAST_PERIOD_MS) => number(absent, least, LONGEST_TIMER_MS)
const limit = (absent: number) => number(absent, 1, Infinity, 'bytes, items or ms')
const list = (most: number) =>
  or(
    undefined,
    required<readonly string[]>(
      `a list of 1 to ${most} non-empty strings`,
      (given: unknown) => Array.isArray(given) && given.length > 0 && given.length <= most && given.every(isText),
    ),
  )
const text = required<string>('a non-empty string', isText)
const object = required<Record<string, unknown>>('an object', isObject)
const optionalObject = <Value>() => or(undefined, object as Row<Value>)
const callback = <Value>() =>
  or(
    undefined,
    required<Value>('a function', (given) => typeof given === 'function'),
  )
/** A setting that is a group of others. */
const group =
  <Values extends object>(rows: { [Name in keyof Values]: Row<Values[Name]> }): Row<Values> =>
  (given = {}, name) =>
    fill(object(given, name), rows, `${name}.`)
const url = (absent: string) =>
  or(
    absent,
    required<string>(
      'an absolute http(s) URL or a path on this origin',
      (given) => isText(given) && /^(https?:\/\/[^/]|\/)/.test(given),
      (given: string) => absoluteAddress(given).replace(/\/+$/, ''),
    ),
  )
const path = (absent: string) => or(absent, (given, name) => '/' + text(given, name).replace(/^\/+|\/+$/g, ''))
const treatment = required('a treatment, or { treatment, config } of texts', readTreatment)

/** Every setting with its default and its check. */
const ROWS = {
  sdkKey: text,
  key: required<ValidKey>(
    'a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these',
    validateKey,
    validateKey as (given: unknown) => ValidKey,
  ),
  trafficType: or(undefined, text),
  attributes: optionalObject<Settings['attributes']>(),
  labelsEnabled: toggle(true),
  impressionsMode: choice('OPTIMIZED', 'OPTIMIZED', 'DEBUG', 'NONE'),
  impressionListener: callback<NonNullable<Settings['impressionListener']>>(),
  integrations: or(
    [],
    required<NonNullable<Settings['integrations']>>(
      'a list of { name, start(), impression(), stop() }',
      (given: unknown) =>
        Array.isArray(given) &&
        given.every((tool: { name?: unknown }) => areFunctions(tool, 'start', 'impression', 'stop') && tool.name),
    ),
  ),
  outbox: group({
    maxBytes: limit(8 * 1024 * 1024),
    maxItems: limit(50_000),
    maxAgeMs: limit(7 * DAY_MS),
    flushBytes: limit(48 * 1024),
  }),
  impressionsForUnknownFlags: toggle(true),
  flagSets: list(50),
  flagNames: list(400),
  flagPrefixes: list(50),
  fallbackTreatments: or(
    undefined,
    group<NonNullable<Settings['fallbackTreatments']>>({
      global: (given) => given as string,
      byFlag: (given = {}, name) => ({ ...(object(given, name) as Record<string, string>) }),
    }),
  ),
  bootstrap: (given, name) =>
    // A server that could not load a bootstrap writes null into the page.
    given == null
      ? undefined
      : required<NonNullable<Settings['bootstrap']>>(
          'an object with splitChanges',
          (given) => isObject(given) && isObject(given['splitChanges']),
          // Copying finds data that cannot be read here, rather than in a decision.
          (given) => JSON.parse(stringify(given)) as NonNullable<Settings['bootstrap']>,
        )(given, name),
  localFlags: or(undefined, (given, name) => {
    const flags = object(given, name)
    for (const flag of Object.keys(flags)) treatment(flags[flag], `${name}.${flag}`)
    // The object itself is kept: `update()` reads it again.
    return flags
  }),
  allowOverrides: toggle(false),
  consent: choice('granted', 'granted', 'unknown', 'declined'),
  persistence: choice('all', 'all', 'definitions', 'none'),
  cacheMaxAgeMs: number(10 * DAY_MS, 0),
  updatePolicy: choice('immediate', 'immediate', 'nextLoad', 'manual'),
  server: choice(undefined, 'none', 'always', 'poll'),
  streaming: toggle(true),
  urls: group<Urls>({
    sdk: url(SERVICE_URLS.sdk),
    auth: url(SERVICE_URLS.auth),
    streaming: url(SERVICE_URLS.streaming),
    events: url(SERVICE_URLS.events),
    telemetry: url(SERVICE_URLS.telemetry),
  }),
  paths: group<Paths>({
    definitions: path('/splitChanges'),
    memberships: path('/memberships'),
    auth: path('/v2/auth'),
    streaming: path('/sse'),
    impressions: path('/testImpressions/bulk'),
    counts: path('/testImpressions/count'),
    uniqueKeys: path('/v1/keys/cs'),
    events: path('/events/bulk'),
  }),
  headers: callback<NonNullable<Settings['headers']>>(),
  readyTimeoutMs: timer(10_000, 0),
  requestTimeoutMs: timer(5_000, 1),
  definitionsRefreshMs: timer(60_000),
  membershipsRefreshMs: timer(60_000),
  // 0 stands for the default, which depends on the impressions mode.
  impressionsFlushMs: timer(0),
  countsFlushMs: timer(1_800_000),
  uniqueKeysFlushMs: timer(900_000),
  eventsFlushMs: timer(60_000),
  logger: or(
    console,
    required<NonNullable<Settings['logger']>>('{ debug(), info(), warn(), error() }', (given) =>
      areFunctions(given, 'debug', 'info', 'warn', 'error'),
    ),
  ),
  logLevel: choice('warn', 'debug', 'info', 'warn', 'error', 'none'),
} satisfies { [Name in keyof Settings]-?: Row<unknown> }

/** Settings with every default filled in, ready to be wired. */
export type ResolvedSettings = { [Name in keyof typeof ROWS]: ReturnType<(typeof ROWS)[Name]> }

/**
 * Validates the settings and fills in the defaults.
 *
 * @throws PennonSettingsError for the first mistake, with what was expected and what was found
 */
export function resolveSettings(settings: object): ResolvedSettings {
  const resolved = readable('settings', () => fill<ResolvedSettings>(object(settings, 'settings'), ROWS, ''))
  if (resolved.flagSets && (resolved.flagNames || resolved.flagPrefixes)) {
    throw new PennonSettingsError('flagSets', 'cannot be combined with flagNames or flagPrefixes')
  }
  resolved.impressionsFlushMs ||= resolved.impressionsMode === 'DEBUG' ? 60_000 : 300_000
  return resolved
}

/**
 * Reads every setting of the rows, as given or by default.
 *
 * @param prefix stands before the name of a setting in an error, such as `urls.`
 * @throws PennonSettingsError for a value that is not allowed, and for a name that is no setting
 */
function fill<Values>(
  given: Record<string, unknown>,
  rows: { [Name in keyof Values]: Row<Values[Name]> },
  prefix: string,
): Values {
  const names = Object.keys(rows)
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    const close = /^(core|authorizationKey)$/.test(name)
      ? 'sdkKey, or SplitFactory of pennon/compat'
      : (names.find((known) => isClose(known, name)) ?? (names.length < 9 && names.join(', ')))
    throw new PennonSettingsError(
      prefix + name,
      `is no setting of pennon${close ? `; did you mean ${prefix + close}?` : ''}`,
    )
  }
  return Object.fromEntries(
    names.map((name) => [name, readable(prefix + name, () => rows[name as keyof Values](given[name], prefix + name))]),
  ) as Values
}

/** @throws PennonSettingsError in place of anything else that `read` throws, as a getter or a proxy may */
function readable<Value>(name: string, read: () => Value): Value {
  try {
    return read()
  } catch (fault) {
    throw fault instanceof PennonSettingsError ? fault : new PennonSettingsError(name, 'cannot be read')
  }
}
