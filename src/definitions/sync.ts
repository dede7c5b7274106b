import { encodeText } from './encodeText'
import { createMemberships } from './memberships'
import { createTask } from './task'
import type { Clock } from '../browser/clock'
import type { Http, HttpAnswer } from '../transport/http'
import type { Change, ChangeNumbers } from './types'
import type { Definitions } from './definitions'
import type { Filter } from './filter'
import type { Memberships } from './memberships'
import type { DefinitionsStore } from './store'
import type { Outcome, Task } from './task'

/** Keeps definitions and memberships as the service has them. */
export interface Sync {
  /** Reads the cache and asks the service. Once. */
  start(): void
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
  backoff: (failures: number) => number
  /** Definitions were read from the cache. */
  onCache: (confirmedAt: number, change: Change | undefined) => void
  /** The service confirmed the definitions, with what that changed. */
  onDefinitions: (change: Change | undefined) => void
  /** `cache`: memberships were read from there; `network`: the service confirmed them. */
  onMemberships: (matchingKey: string, isChanged: boolean, source: 'cache' | 'network') => void
  /** Once per change of state. */
  onError: (error: Error) => void
}

interface KeyEntry {
  readonly memberships: Memberships
  readonly task: Task<FetchOptions>
  users: number
  take(change: () => boolean): void
  readonly load: (cached: unknown) => void
}

/** The definitions' request waits for the cache, whose change numbers it asks by; a database that hangs costs no more. */
const CACHE_WAIT_MS = 250
/** After too many requests, where the service does not say how long to wait. */
const TOO_MANY_MS = 30_000
/** So long a proxy that does not know the spec is spoken to in the older one. */
const RECHECK_SPEC_MS = 3_600_000

export function createSync(parts: SyncParts): Sync {
  const { http, definitions, store, mayStoreUser, page, clock, filter, definitionsUrl, membershipsUrl } = parts
  const { isProxy, definitionsRefreshMs, membershipsRefreshMs, backoff } = parts
  const { onCache, onDefinitions, onMemberships, onError } = parts

  const abort = new AbortController()
  const keys = new Map<string, KeyEntry>()
  let isPolling = true
  let isStarted = false
  let isStopped = false
  let confirmedAt: number | undefined
  let oldSpecAt: number | undefined

  /** Ends all asking; what is known stays in use. */
  const halt = (): void => {
    abort.abort()
    leave()
    definitionsTask.stop()
    for (const { task } of keys.values()) task.stop()
  }

  /** One kind of request, whose failures are told of once per change of state. */
  const createAsk = (what: string, isAnswer: (body: object) => boolean) => {
    let isFailing = false
    const failed = (why: string, retryAfterMs?: number): Outcome => {
      if (!isFailing) onError(new Error(`${what} could not be fetched (${why}); trying again`))
      isFailing = true
      return { isDone: false, retryAfterMs }
    }
    return {
      get: (url: string, noCache = false) => http.get(url, { noCache, signal: abort.signal }),
      settle: async (answer: HttpAnswer, take: (body: object) => void): Promise<Outcome> => {
        const { status, retryAfterMs } = answer
        let body: unknown
        try {
          body = await answer.json()
        } catch {
          // Refused below, like anything else that is no answer.
        }
        if (abort.signal.aborted) return { isDone: false }
        if (status === 401 || status === 403) {
          halt()
          onError(new Error(`the service refused the SDK key (status ${status}); this page asks no more`))
          return { isDone: false }
        }
        if (!status || status < 200 || status > 299) {
          return failed(status ? `status ${status}` : 'no answer', retryAfterMs ?? (status === 429 ? TOO_MANY_MS : 0))
        }
        if (typeof body !== 'object' || body === null || !isAnswer(body)) return failed('malformed answer')
        isFailing = false
        take(body)
        return { isDone: true }
      },
    }
  }

  const { get, settle } = createAsk('definitions', (body) => 'ff' in body || 'rbs' in body || 'splits' in body)
  const ask = (spec: Spec, since: ChangeNumbers, { noCache, till }: FetchOptions) =>
    get(
      `${definitionsUrl}?s=${spec}&since=${since.flags}` +
        (spec === '1.3' ? `&rbSince=${since.ruleBasedSegments}` : '') +
        filter.query +
        tillQuery('&', till),
      noCache,
    )
  const changed = (makeChange: () => Change | undefined, isConfirmed = true): void => {
    const isFirst = confirmedAt === undefined
    const usedSegments = definitions.usesSegments()
    const change = makeChange()
    if (isConfirmed) {
      confirmedAt = clock.now()
      void store?.write(definitions.snapshot, confirmedAt)
    }
    onDefinitions(change)
    if (!isFirst && !usedSegments && definitions.usesSegments()) for (const { task } of keys.values()) void task.run()
  }

  const fetchDefinitions = async (options: FetchOptions = {}): Promise<Outcome> => {
    const since = definitions.changeNumbers()
    const take = (body: object) => changed(() => definitions.apply(body, since))
    if (oldSpecAt !== undefined && clock.now() - oldSpecAt < RECHECK_SPEC_MS) {
      return settle(await ask('1.2', since, options), take)
    }
    const answer = await ask('1.3', since, options)
    if (isProxy && (answer.status === 400 || answer.status === undefined) && !abort.signal.aborted) {
      const retried = await ask('1.2', since, options)
      // Where no answer came again, the spec is not to blame.
      oldSpecAt = retried.status === undefined ? undefined : clock.now()
      return settle(retried, take)
    }
    let isAnew = false
    const outcome = await settle(answer, (body) => {
      // What a proxy sends that came to know the spec may be counted otherwise: everything is asked for anew.
      isAnew = oldSpecAt !== undefined && !('splits' in body)
      if (!isAnew) take(body)
    })
    if (!isAnew) return outcome
    oldSpecAt = undefined
    const none = { flags: -1, ruleBasedSegments: -1 }
    return settle(await ask('1.3', none, options), (body) => changed(() => definitions.apply(body, none, true)))
  }
  const definitionsTask = createTask({
    work: fetchDefinitions,
    periodMs: definitionsRefreshMs,
    isPolling: () => isPolling,
    isWanted: page.isActive,
    backoff,
    clock,
  })

  const createKey = (matchingKey: string): KeyEntry => {
    const memberships = createMemberships(matchingKey)
    const { get, settle } = createAsk('memberships', () => true)
    const url = `${membershipsUrl}/${encodeText(matchingKey)}`
    let isConfirmed = false
    let isStored = false
    const take = (change: () => boolean): void => {
      if (keys.get(matchingKey) !== entry) return
      const isChanged = change()
      isConfirmed = true
      if (store && mayStoreUser() && (isChanged || !isStored)) {
        isStored = true
        void store.writeMemberships(matchingKey, memberships.answer())
      }
      onMemberships(matchingKey, isChanged, 'network')
    }
    const entry: KeyEntry = {
      memberships,
      users: 0,
      take,
      task: createTask<FetchOptions>({
        work: async ({ noCache, till } = {}) =>
          settle(await get(url + tillQuery('?', till), noCache), (body) => take(() => memberships.apply(body))),
        periodMs: membershipsRefreshMs,
        isPolling: () => isPolling,
        isWanted: () => page.isActive() && (confirmedAt === undefined || definitions.usesSegments()),
        backoff,
        clock,
      }),
      load(cached) {
        // The service may have been faster, and knows better.
        if (isStopped || isConfirmed || !cached) return
        isStored = true
        onMemberships(matchingKey, memberships.apply(cached), 'cache')
      },
    }
    return entry
  }

  const wake = (): void => {
    definitionsTask.wake()
    for (const { task } of keys.values()) task.wake()
  }
  const leave = page.onChange(wake)

  return {
    start() {
      isStarted = true
      for (const { task } of keys.values()) void task.run()
      if (!store) return void definitionsTask.run()
      // Whichever is first: the answer of the cache, or the end of our patience with it.
      let ask: (() => void) | undefined = () => {
        ask = undefined
        cancel()
        void definitionsTask.run()
      }
      const cancel = clock.after(CACHE_WAIT_MS, () => ask?.())
      abort.signal.addEventListener('abort', cancel)
      void store.read([...keys.keys()]).then(({ definitions: cached, memberships }) => {
        if (isStopped) return
        for (const [matchingKey, answer] of memberships) keys.get(matchingKey)?.load(answer)
        const change = cached && definitions.load(cached)
        if (change) {
          confirmedAt ??= cached.confirmedAt
          onCache(cached.confirmedAt, change)
        }
        ask?.()
      })
    },
    register(matchingKey) {
      const entry = keys.get(matchingKey) ?? createKey(matchingKey)
      if (!entry.users++) {
        keys.set(matchingKey, entry)
        if (isStarted && !abort.signal.aborted) {
          void entry.task.run()
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
          entry.task.stop()
          keys.delete(matchingKey)
        },
      }
    },
    keys: () => [...keys.values()].map(({ memberships }) => memberships),
    refresh: definitionsTask.run,
    refreshMemberships: async (matchingKey, options) => !!(await keys.get(matchingKey)?.task.run(options)),
    setPolling(isOn) {
      isPolling = isOn
      if (!isOn) wake()
    },
    change: changed,
    changeMemberships: (matchingKey, change) => keys.get(matchingKey)?.take(change),
    recover() {
      if (definitions.changeNumbers().flags === -1) return
      definitions.distrust()
      void store?.clear()
      void definitionsTask.run()
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

function tillQuery(before: string, till: number | undefined): string {
  return till ? `${before}till=${till}` : ''
}
