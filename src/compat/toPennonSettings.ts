import { arrayOf } from '../shared/arrayOf'
import { isPlainObject } from '../shared/isPlainObject'
import { guard } from './guard'
import type { Bootstrap, Settings } from '../client/types/settings'
import type { SdkLogger } from './logger'
import type { SplitIO } from './types'

/** The shortest period of polls and posts that pennon takes, and the longest that a timer can wait. */
const SHORTEST_MS = 1000
const NEVER_MS = 2 ** 31 - 1
const DAY_MS = 86_400_000
/** Headers that getHeaderOverrides cannot change, as in the official SDK; the browser itself refuses the rest of its list. */
const FIXED_HEADERS = /^(splitsdk|content-|accept$|x-fastly-debug$)/i

/** The names that the service allows for flag sets, in letters of any case. */
const FLAG_SET = /^[a-z\d]\w{0,49}$/i

type GetHeaderOverrides = (context: { headers: Record<string, string> }) => Record<string, string>

/** The same settings under pennon's names. Only addresses that were given are passed on, because pennon takes a given one for a proxy's. */
export function toPennonSettings(
  settings: SplitIO.ISettings,
  given: Pick<SplitIO.IClientSideSettings, 'urls'>,
  logger: SdkLogger,
): Settings {
  const { core, initialRolloutPlan, scheduler, startup, sync } = settings
  const {
    type,
    clearOnInit,
    expirationDays: days = 10,
  } = settings.storage as SplitIO.InLocalStorageOptions & { type?: string }
  const pollMs = (ms: number) => (sync.enabled ? period(ms) : NEVER_MS)
  const getHeaderOverrides = sync.requestOptions?.getHeaderOverrides

  return {
    sdkKey: core.authorizationKey,
    key: core.key,
    labelsEnabled: core.labelsEnabled,
    impressionsMode: sync.impressionsMode,
    impressionsForUnknownFlags: false,
    ...filters(settings),
    fallbackTreatments: settings.fallbackTreatments ?? undefined,
    localFlags: settings.mode === 'localhost' ? {} : undefined,
    bootstrap: initialRolloutPlan
      ? guard(logger, 'initialRolloutPlan', () => bootstrapOf(initialRolloutPlan))
      : undefined,
    persistence: type === 'LOCALSTORAGE' ? 'all' : 'none',
    cacheMaxAgeMs: DAY_MS * (clearOnInit ? 1 : days >= 1 && days < Infinity ? days : 10),
    streaming: settings.streamingEnabled && sync.enabled,
    urls: given.urls,
    headers: typeof getHeaderOverrides === 'function' ? overriding(getHeaderOverrides) : undefined,
    readyTimeoutMs: timeout(startup.readyTimeout),
    requestTimeoutMs: timeout(startup.requestTimeoutBeforeReady) || undefined,
    definitionsRefreshMs: pollMs(scheduler.featuresRefreshRate),
    membershipsRefreshMs: pollMs(scheduler.segmentsRefreshRate),
    impressionsFlushMs: period(scheduler.impressionsRefreshRate),
    eventsFlushMs: period(scheduler.eventsPushRate),
    logger,
    // The logger has a level of its own, which can be changed later. But decisions are logged only where the settings ask for them.
    logLevel: settings.debug === true || settings.debug === 'DEBUG' ? 'debug' : 'info',
  } as Settings
}

/** A deadline that pennon takes; 0 = none. */
function timeout(ms: number): number {
  return Math.min(Math.max(ms, 0), NEVER_MS)
}

function period(ms: number): number {
  return Math.min(Math.max(ms, SHORTEST_MS), NEVER_MS)
}

/** The filters of downloads. Where there are sets, names and prefixes count for nothing, as in the official SDK. */
function filters({ sync }: SplitIO.ISettings): Pick<Settings, 'flagSets' | 'flagNames' | 'flagPrefixes'> {
  const valuesOf = (type: SplitIO.SplitFilterType): string[] | undefined => {
    const values = sync.splitFilters.flatMap((filter) => (filter?.type === type ? arrayOf<string>(filter.values) : []))
    const texts = values.flatMap((value) => (typeof value === 'string' && value.trim()) || [])
    return texts.length ? [...new Set(texts)] : undefined
  }
  const flagSets = valuesOf('bySet')
  // If no set has a name that can exist, there is no filter at all.
  if (flagSets) return flagSets.some((name) => FLAG_SET.test(name)) ? { flagSets } : {}
  return { flagNames: valuesOf('byName'), flagPrefixes: valuesOf('byPrefix') } as ReturnType<typeof filters>
}

function overriding(getHeaderOverrides: GetHeaderOverrides): Settings['headers'] {
  return (headers) => {
    const allowed = Object.entries(getHeaderOverrides({ headers: { ...headers } })).filter(
      ([name]) => !FIXED_HEADERS.test(name),
    )
    return { ...headers, ...Object.fromEntries(allowed) }
  }
}

interface RolloutPlan {
  splitChanges: object
  memberships?: Record<string, unknown>
  segmentChanges?: { name: string; added: string[] }[]
}

/** Makes a bootstrap of a rollout plan. What the plan says of a single key wins over what it says of segments. */
function bootstrapOf(plan: object): Bootstrap {
  const { splitChanges, memberships, segmentChanges = [] } = plan as RolloutPlan
  if (!isPlainObject(splitChanges)) throw new Error('no splitChanges')
  // The object has no prototype, because a key may have any name.
  const derived = Object.create(null) as Record<string, { ms: { k: { n: string }[] } }>
  for (const { name, added } of segmentChanges) {
    for (const key of added) (derived[key] ??= { ms: { k: [] } }).ms.k.push({ n: name })
  }
  return { splitChanges, memberships: { ...derived, ...memberships } }
}
