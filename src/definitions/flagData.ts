import { cacheSign } from '../browser/cacheSign'
import { createDefinitions, type Definitions } from './definitions'
import { type CacheContent, createDefinitionsCache, type DefinitionsCache } from './definitionsCache'
import { createFirstRequests, type FirstRequests } from './firstRequests'
import { createKeys, type Keys } from './keys'
import { createService, type Service } from './service'
import { stringify } from '../shared/json'
import { setDeadline } from '../browser/setDeadline'
import type { Timers } from '../browser/clock'
import type { Databases } from '../browser/databases'
import type { Endpoints } from '../shared/endpoints'
import type { Headers } from '../shared/headers'
import type { Hub } from '../shared/hub'
import type { Log } from '../shared/log'
import type { Stops } from '../shared/stops'
import type { FilterSettings } from './filter'

/** The flags and memberships that are known, the cache that keeps them, and the first requests for them. */
export interface FlagData {
  readonly definitions: Definitions
  readonly keys: Keys
  /** The cache; undefined where nothing is stored. */
  readonly cache: DefinitionsCache | undefined
  readonly service: Service
  readonly firstRequests: FirstRequests
  /** Uses what the cache has, and asks the service for what that leaves open. */
  start(): void
}

interface FlagDataParts {
  settings: FilterSettings & {
    readonly sdkKey: string
    readonly key: { readonly matchingKey: string }
    readonly urls: { readonly sdk: string }
    readonly localFlags: object | undefined
    readonly persistence: 'all' | 'definitions' | 'none'
    readonly cacheMaxAgeMs: number
    readonly requestTimeoutMs: number
  }
  databases: Databases
  endpoints: Endpoints
  headers: Headers
  clock: Timers
  hub: Hub
  stops: Stops
  log: Log
}

/** One database for the definitions of all SDK keys and filters; what is in it is told apart by its scope. */
export const DEFINITIONS_DATABASE = 'pennon-definitions'
/** Longest that the first requests wait for the cache, whose change numbers they need, ms: a database may hang. */
const CACHE_WAIT_MS = 250

export function createFlagData(parts: FlagDataParts): FlagData {
  const { settings, databases, endpoints, headers, clock, hub, stops, log } = parts
  const { sdkKey, key, urls, localFlags, persistence } = settings
  const onCorrupt = () => hub.emit('corrupt', undefined)

  // Reading the cache begins first: everything else is made while the database opens.
  const service = createService(endpoints.definitions, endpoints.memberships, settings)
  const keyValue = persistence === 'none' ? undefined : databases.open(DEFINITIONS_DATABASE)
  const cache =
    keyValue &&
    createDefinitionsCache({
      keyValue,
      scope: stringify([sdkKey, service.query, urls.sdk]),
      maxAgeMs: settings.cacheMaxAgeMs,
      now: clock.now,
      onFault: databases.onFault,
      onCorrupt,
      onStored: cacheSign.put,
    })
  const cached = cache?.read([key.matchingKey])

  const definitions = createDefinitions({
    // The filter concerns downloads, not flags that are given in code.
    accepts: localFlags ? undefined : service.accepts,
    onCorrupt,
    warn: (message) => log.once('warn', message, message),
  })
  const keys = createKeys(hub)
  const timeoutMs = settings.requestTimeoutMs
  const firstRequests = createFirstRequests({ service, headers, definitions, keys, hub, timeoutMs, clock })

  return {
    definitions,
    keys,
    cache,
    service,
    firstRequests,
    start() {
      const isFirstVisit = cacheSign.isMissing()
      const load = ({ memberships }: CacheContent) => {
        if (!stops.isStopped) for (const [matchingKey, answer] of memberships) keys.load(matchingKey, answer)
      }
      // Keys that are registered in one go are read together; the first one came with the definitions.
      const added: string[] = []
      hub.on('key', ({ matchingKey, isUsed }) => {
        if (!cache || !isUsed || added.push(matchingKey) > 1) return
        void Promise.resolve().then(() => {
          const read = added.splice(0)
          // Nothing would be found on a first visit, and looking for many keys would keep the page busy when the first
          // answers come.
          if (!stops.isStopped && !cacheSign.isMissing()) void cache.read(read, false).then(load)
        })
      })
      const found = cached?.then((content) => {
        if (stops.isStopped) return
        load(content)
        const stored = content.definitions
        const change = stored && definitions.load(stored)
        if (change) hub.emit('definitions', { source: 'cache', change })
        // There is a cache but no sign of it, where the site cleared its localStorage and not its databases.
        if (stored && isFirstVisit) cacheSign.put()
      })
      const patience = new Promise<void>((resolve) => stops.push(setDeadline(clock, CACHE_WAIT_MS, resolve)))
      void (found && !isFirstVisit ? Promise.race([found, patience]) : Promise.resolve()).then(firstRequests.ask)
      stops.push(firstRequests.abort, () => cache?.stop())
    },
  }
}
