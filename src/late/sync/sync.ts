import { encodeText } from '../../definitions/encodeText'
import { createMemberships } from '../../definitions/memberships'
import { createPoll } from './poll'
import type { Clock } from '../../browser/clock'
import type { Http, HttpAnswer } from '../http'
import type { Change, ChangeNumbers } from '../../definitions/types'
import type { Definitions } from '../../definitions/definitions'
import type { Filter } from './filter'
import type { Memberships } from '../../definitions/memberships'
import type { CacheContent, DefinitionsStore } from '../../definitions/definitionsCache'
import type { Poll } from './poll'

/** Keeps definitions and memberships as the service has them. */
export interface Sync {
  /** Takes what is in the cache, and asks the service. Once. */
  start(cached?: Promise<CacheContent>): void
  /** The memberships of a matching key, fetched at once and kept up to date until everybody let go of them. */
  register(matchingKey: string): Registration
  /** The matching keys in use, in the order they came. */
  keys(): Memberships[]
  /** Fetches definitions now. Resolves with whether that worked; never rejects. */
  refresh(options?: FetchOptions): Promise<boolean>
  /** Fetches the memberships of a registered key now. */
  refreshMemberships(matchingKey: string, options?: FetchOptions): Promise<boolean>
  /**
   * Whether it polls, from the next fetch or return to the page on. `false` while a stream tells what is new; what is
   * overdue on return to the page is still fetched.
   */
  setPolling(isPolling: boolean): void
  /**
   * Makes a change that a stream brought, and tells of it as of an answer. Stored with it, unless a number that confirms it is
   * still to come.
   */
  change(makeChange: () => Change | undefined, isConfirmed?: boolean): void
  /** As `change`, of the memberships of a registered key; `makeChange` returns whether they changed. */
  changeMemberships(matchingKey: string, makeChange: () => boolean): void
  /** The cache turned out to be wrong: deletes it and fetches everything. */
  recover(): void
  /** When the service last confirmed the definitions, epoch ms; of the cache's, before this page heard from it. */
  confirmedAt(): number | undefined
  /** The spec that the service is spoken to in. */
  readonly spec: () => Spec
  stop(): void
}

export interface Registration {
  readonly memberships: Memberships
  release(): void
}

export interface FetchOptions {
  /** The HTTP caches are not to be asked. */
  noCache?: boolean
  /** Makes the address new to a CDN that is behind. */
  till?: number
}

export type Spec = '1.3' | '1.2'

interface SyncParts {
  http: Pick<Http, 'get'>
  definitions: Definitions
  /** Undefined without storage. */
  store?: DefinitionsStore | undefined
  /** Whether the user may be written to disk. */
  mayStoreUser: () => boolean
  /** Whether the page is visible and online, and who wants to know when that changes, or a page comes back from bfcache. */
  page: { isActive: () => boolean; onChange: (listener: () => void) => () => void }
  clock: Pick<Clock, 'now' | 'after'>
  filter: Filter
  definitionsUrl: string
  membershipsUrl: string
  /** Not the service itself: old proxies speak spec 1.2 only. */
  isProxy: boolean
  definitionsRefreshMs: number
  membershipsRefreshMs: number
  /** Everything is asked for once, and never again. @default false */
  isOnce?: boolean
  backoff: (failures: number) => number
  /** Definitions were read from the cache. */
  onCache: (confirmedAt: number, change: Change | undefined) => void
  /** The service confirmed the definitions, with what that changed. */
  onDefinitions: (change: Change | undefined) => void
  /** `cache`: memberships were read from there; `network`: the service confirmed them. */
  onMemberships: (matchingKey: string, isChanged: boolean, source: 'cache' | 'network') => void
  /** Once per change of state. */
  onError: (error: Error) => void
  /** Nothing is asked any more: the service refused, or everything was asked once. */
  onEnd?: () => void
}

interface KeyEntry {
  readonly memberships: Memberships
  readonly poll: Poll<FetchOptions>
  users: number
  change(makeChange: () => boolean): void
  readonly load: (cached: unknown) => void
}

/** The definitions' request waits for the cache, whose change numbers it asks by; a database that hangs costs no more. */
const CACHE_WAIT_MS = 250
/** So long a proxy that does not know the spec is spoken to in the older one. */
const RECHECK_SPEC_MS = 3_600_000

export function createSync(parts: SyncParts): Sync {
  const { http, definitions, store, mayStoreUser, page, clock, filter, definitionsUrl, membershipsUrl } = parts
  const { isProxy, definitionsRefreshMs, membershipsRefreshMs, isOnce = false, backoff } = parts
  const { onCache, onDefinitions, onMemberships, onError, onEnd = () => {} } = parts

  const abort = new AbortController()
  const keys = new Map<string, KeyEntry>()
  let isPolling = true
  let isStarted = false
  let isStopped = false
  /** First runs on their way. */
  let beginning = 0
  let confirmedAt: number | undefined
  let oldSpecAt: number | undefined
  let cancelWait = () => {}

  /** Ends all asking; what is known stays in use. */
  const halt = (): void => {
    abort.abort()
    leave()
    cancelWait()
    eachPoll((poll) => poll.stop())
  }
  const shared = {
    onRefused(status: number) {
      halt()
      onError(new Error(`the service refused the SDK key (status ${status}); this page asks no more`))
      onEnd()
    },
    onError,
    isOnce,
    isPolling: () => isPolling,
    backoff,
    clock,
  }
  const get = (url: string, query: string, { noCache = false, till }: FetchOptions) =>
    http.get(url + query + (till ? `${query ? '&' : '?'}till=${till}` : ''), { noCache, signal: abort.signal })

  const changed = (makeChange: () => Change | undefined, isConfirmed = true): void => {
    const usedSegments = confirmedAt === undefined || definitions.usesSegments()
    const change = makeChange()
    if (isConfirmed) {
      confirmedAt = clock.now()
      void store?.write(definitions.snapshot, confirmedAt)
    }
    onDefinitions(change)
    if (!usedSegments && definitions.usesSegments()) for (const { poll } of keys.values()) void poll.run()
  }

  let since: ChangeNumbers = definitions.changeNumbers()
  let isAnew = false
  const askDefinitions = async (options: FetchOptions): Promise<HttpAnswer> => {
    const ask = (spec: Spec) => {
      const { flags, ruleBasedSegments } = since
      const rbSince = spec === '1.3' ? `&rbSince=${ruleBasedSegments}` : ''
      return get(definitionsUrl, `?s=${spec}&since=${flags}${rbSince}${filter.query}`, options)
    }
    since = definitions.changeNumbers()
    isAnew = false
    if (oldSpecAt !== undefined && clock.now() - oldSpecAt <= RECHECK_SPEC_MS) return ask('1.2')
    let answer = await ask('1.3')
    if (isProxy && (answer.status === 400 || answer.status === undefined)) {
      answer = await ask('1.2')
      // Where no answer came again, the spec is not to blame.
      oldSpecAt = answer.status === undefined ? undefined : clock.now()
    } else if (oldSpecAt !== undefined && answer.status === 200) {
      // What a proxy sends that came to know the spec may be counted otherwise: everything is asked for anew.
      isAnew = true
      since = { flags: -1, ruleBasedSegments: -1 }
      answer = await ask('1.3')
    }
    return answer
  }
  const definitionsPoll = createPoll<FetchOptions>({
    ...shared,
    what: 'definitions',
    ask: askDefinitions,
    take(body) {
      if (!('ff' in body || 'rbs' in body || 'splits' in body)) throw new Error('no definitions')
      if (isAnew) oldSpecAt = undefined
      changed(() => definitions.apply(body, since, isAnew))
    },
    periodMs: definitionsRefreshMs,
    isWanted: page.isActive,
  })
  const eachPoll = (act: (poll: Poll<FetchOptions>) => void): void => {
    act(definitionsPoll)
    for (const { poll } of keys.values()) act(poll)
  }
  const begin = async (poll: Poll<FetchOptions>): Promise<void> => {
    beginning++
    await poll.run()
    if (!--beginning && isOnce) onEnd()
  }
  const wake = (): void => eachPoll((poll) => poll.wake())
  const leave = page.onChange(wake)

  const createKey = (matchingKey: string): KeyEntry => {
    const memberships = createMemberships(matchingKey)
    const url = `${membershipsUrl}/${encodeText(matchingKey)}`
    let isConfirmed = false
    let isStored = false
    const entry: KeyEntry = {
      memberships,
      users: 0,
      poll: createPoll({
        ...shared,
        what: 'memberships',
        ask: (options) => get(url, '', options),
        take(body) {
          if (Array.isArray(body)) throw new Error('no memberships')
          entry.change(() => memberships.apply(body))
        },
        periodMs: membershipsRefreshMs,
        isWanted: () => page.isActive() && (confirmedAt === undefined || definitions.usesSegments()),
      }),
      change(makeChange) {
        const isChanged = makeChange()
        isConfirmed = true
        if (store && mayStoreUser() && (isChanged || !isStored)) {
          isStored = true
          void store.writeMemberships(matchingKey, memberships.answer())
        }
        onMemberships(matchingKey, isChanged, 'network')
      },
      load(cached) {
        // The service may have been faster, and knows better.
        if (isStopped || isConfirmed || !cached) return
        isStored = true
        onMemberships(matchingKey, memberships.apply(cached), 'cache')
      },
    }
    return entry
  }

  return {
    start(reading = store?.read([...keys.keys()])) {
      isStarted = true
      for (const { poll } of keys.values()) void begin(poll)
      const cached = reading?.then(({ definitions: found, memberships }) => {
        if (isStopped) return
        for (const [matchingKey, answer] of memberships) keys.get(matchingKey)?.load(answer)
        const change = found && definitions.load(found)
        if (!change) return
        confirmedAt ??= found.confirmedAt
        onCache(found.confirmedAt, change)
      })
      const patience = new Promise<void>((resolve) => {
        cancelWait = clock.after(CACHE_WAIT_MS, resolve)
      })
      void Promise.race([cached, patience]).then(() => {
        cancelWait()
        void begin(definitionsPoll)
      })
    },
    register(matchingKey) {
      const entry = keys.get(matchingKey) ?? createKey(matchingKey)
      if (!entry.users++) {
        keys.set(matchingKey, entry)
        if (isStarted && !abort.signal.aborted) {
          void begin(entry.poll)
          void store?.read([matchingKey], false).then(({ memberships }) => entry.load(memberships.get(matchingKey)))
        }
      }
      let isReleased = false
      return {
        memberships: entry.memberships,
        release() {
          if (isReleased) return
          isReleased = true
          if (--entry.users) return
          entry.poll.stop()
          keys.delete(matchingKey)
        },
      }
    },
    keys: () => [...keys.values()].map(({ memberships }) => memberships),
    refresh: definitionsPoll.run,
    refreshMemberships: async (matchingKey, options) => !!(await keys.get(matchingKey)?.poll.run(options)),
    setPolling(isOn) {
      isPolling = isOn
      if (!isOn) wake()
    },
    change: changed,
    changeMemberships: (matchingKey, makeChange) => keys.get(matchingKey)?.change(makeChange),
    recover() {
      if (definitions.changeNumbers().flags === -1) return
      definitions.distrust()
      void store?.clear()
      void definitionsPoll.run()
    },
    confirmedAt: () => confirmedAt,
    spec: () => (oldSpecAt === undefined ? '1.3' : '1.2'),
    stop() {
      isStopped = true
      halt()
      store?.stop()
    },
  }
}
