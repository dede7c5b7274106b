import { arrayOf } from '../shared/arrayOf'
import { PennonSettingsError } from '../shared/errors'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { SDK_VERSION } from '../shared/version'
import type { SdkLogger } from './logger'
import type { SplitIO } from './types'

/** The defaults of the official SDK; times are in seconds. */
const SCHEDULER = {
  featuresRefreshRate: 60,
  segmentsRefreshRate: 60,
  impressionsRefreshRate: 300,
  impressionsQueueSize: 30_000,
  eventsPushRate: 60,
  eventsQueueSize: 500,
  offlineRefreshRate: 15,
  telemetryRefreshRate: 3600,
  pushRetryBackoffBase: 1,
}
const STARTUP = {
  readyTimeout: 10,
  requestTimeoutBeforeReady: 5,
  retriesOnFailureBeforeReady: 1,
  eventsFirstPushWindow: 10,
}
const IMPRESSIONS_MODES = ['OPTIMIZED', 'DEBUG', 'NONE'] as const
export const CONSENTS = ['GRANTED', 'UNKNOWN', 'DECLINED'] as const

/**
 * Fills in the defaults and turns seconds into milliseconds. It is as lenient as the official SDK: a value that is not valid is
 * replaced by the default, with a log line for some.
 *
 * @throws PennonSettingsError for a mode that a browser has no use for
 */
export function resolveSettings(
  given: SplitIO.IClientSideSettings | SplitIO.IBrowserSettings,
  log: SdkLogger,
): SplitIO.ISettings {
  const { core, sync, mode, storage } = given
  const isLocal = core?.authorizationKey === 'localhost'
  if (!isLocal && mode !== undefined && mode !== 'standalone') {
    throw new PennonSettingsError('mode', `must be 'standalone'; got ${String(mode)}`)
  }
  const oneOf = <Text extends string>(values: readonly Text[], value: unknown): Text => {
    const text = String((value as string | undefined) ?? values[0]).toUpperCase() as Text
    if (values.includes(text)) return text
    log.warn(`pennon: ${text} is none of ${values.join(', ')}; ${values[0]} is used`)
    return values[0] as Text
  }
  const impressionsMode: SplitIO.ImpressionsMode = oneOf(IMPRESSIONS_MODES, sync?.impressionsMode)
  const userConsent: SplitIO.ConsentStatus = oneOf(CONSENTS, given.userConsent)

  return {
    debug: false,
    features: {},
    ...given,
    storage: typeof storage === 'function' ? storage : { type: 'MEMORY', ...storage },
    log,
    runtime: { ip: false, hostname: false },
    core: {
      ...core,
      ...(isLocal && core.key === undefined && { key: 'localhost_key' }),
      labelsEnabled: core?.labelsEnabled === undefined || !!core.labelsEnabled,
      IPAddressesEnabled: false,
    },
    mode: isLocal ? 'localhost' : 'standalone',
    scheduler: milliseconds(
      { ...SCHEDULER, ...(impressionsMode === 'DEBUG' && { impressionsRefreshRate: 60 }) },
      given.scheduler,
    ),
    startup: milliseconds(STARTUP, given.startup),
    urls: { ...SERVICE_URLS, ...given.urls },
    streamingEnabled: given.streamingEnabled !== false,
    sync: {
      ...sync,
      splitFilters: arrayOf<SplitIO.SplitFilter>(sync?.splitFilters),
      impressionsMode,
      enabled: sync?.enabled !== false,
      flagSpecVersion: '1.3',
    },
    userConsent,
    integrations: arrayOf(given.integrations).filter(
      (start): start is SplitIO.IntegrationFactory => typeof start === 'function',
    ),
    version: SDK_VERSION,
  }
}

/** The defaults, or what was given in their place where it is a number. */
function milliseconds<Group extends Record<string, number>>(defaults: Group, given: unknown): Group {
  const entries = Object.entries(defaults).map(([name, absent]) => {
    const value = Number((given as Partial<Group> | null | undefined)?.[name] ?? absent)
    const seconds = Number.isFinite(value) ? value : absent
    return [name, /Size$|^retries/.test(name) ? seconds : Math.round(seconds * 1000)]
  })
  return Object.fromEntries(entries) as Group
}
