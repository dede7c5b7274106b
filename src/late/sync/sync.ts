import { createPoll } from './poll'
import type { Clock } from '../../browser/clock'
import type { Definitions } from '../../definitions/definitions'
import type { FirstRequests } from '../../definitions/firstRequests'
import type { KeyEntry, Keys } from '../../definitions/keys'
import type { Memberships } from '../../definitions/memberships'
import type { Service, Spec } from '../../definitions/service'
import type { ChangeNumbers, Writer } from '../../definitions/types'
import type { Change, Hub } from '../../shared/hub'
import type { Http, HttpAnswer } from '../http'
import type { Poll } from './poll'

/** Keeps definitions and memberships as the service has them. */
export interface Sync {
  /** Takes over the first requests, and asks from then on. Once. */
  start(): void
  /** The memberships of the matching keys in use, in the order they came. */
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
  /** The spec that the service is spoken to in. */
  readonly spec: () => Spec
  stop(): void
}

export interface FetchOptions {
  /** The HTTP caches are not to be asked. */
  noCache?: boolean
  /** Makes the address new to a CDN that is behind. */
  till?: number
}

interface SyncParts {
  http: Pick<Http, 'get'>
  service: Service
  definitions: Definitions
  keys: Keys
  firstRequests: FirstRequests
  /** Undefined without storage. */
  writer: Writer | undefined
  hub: Hub
  /** Whether the user may be written to disk. */
  mayStoreUser: () => boolean
  /** Whether the page is visible and online, and who wants to know when that changes, or a page comes back from bfcache. */
  page: { isActive: () => boolean; onChange: (listener: () => void) => () => void }
  clock: Pick<Clock, 'now' | 'after'>
  /** Not the service itself: old proxies speak spec 1.2 only. */
  isProxy: boolean
  definitionsRefreshMs: number
  membershipsRefreshMs: number
  /** Everything is asked for once, and never again. @default false */
  isOnce?: boolean
  backoff: (failures: number) => number
}

interface KeyPoll extends Poll<FetchOptions> {
  change(makeChange: () => boolean): void
}

/** So long a proxy that does not know the spec is spoken to in the older one. */
const RECHECK_SPEC_MS = 3_600_000

export function createSync(parts: SyncParts): Sync {
  const { http, service, definitions, keys, firstRequests, writer, hub, mayStoreUser, page, clock } = parts
  const { isProxy, definitionsRefreshMs, membershipsRefreshMs, isOnce = false, backoff } = parts

  const abort = new AbortController()
  const keyPolls = new Map<string, KeyPoll>()
  let isPolling = true
  let isStopped = false
  /** First runs on their way. */
  let beginning = 0
  let oldSpecAt: number | undefined

  /** Ends all asking; what is known stays in use. */
  const halt = (): void => {
    abort.abort()
    leave()
    eachPoll((poll) => poll.stop())
  }
  const onError = (error: Error) => hub.emit('fault', error)
  const shared = {
    onRefused(status: number) {
      halt()
      onError(new Error(`the service refused the SDK key (status ${status}); this page asks no more`))
      hub.emit('over', undefined)
    },
    onError,
    isOnce,
    isPolling: () => isPolling,
    backoff,
    clock,
  }
  const get = (url: string, { noCache = false, till }: FetchOptions, underWay?: Promise<Response>) =>
    http.get(url + (till ? `${url.includes('?') ? '&' : '?'}till=${till}` : ''), {
      noCache,
      signal: abort.signal,
      ...(underWay && { underWay }),
    })
  const mayUseSegments = () => definitions.confirmedAt() === undefined || definitions.usesSegments()

  const change = (makeChange: () => Change | undefined, isConfirmed = true): void => {
    const usedSegments = mayUseSegments()
    const made = makeChange()
    if (isConfirmed) {
      definitions.confirm(clock.now())
      void writer?.write(definitions.snapshot, clock.now())
    }
    hub.emit('definitions', { source: 'network', change: made })
    if (!usedSegments && definitions.usesSegments()) for (const poll of keyPolls.values()) void poll.run()
  }

  let since: ChangeNumbers = definitions.changeNumbers()
  let isAnew = false
  const askDefinitions = async (options: FetchOptions): Promise<HttpAnswer> => {
    const ask = (spec: Spec) => get(service.definitions(spec, since), options)
    since = definitions.changeNumbers()
    isAnew = false
    if (oldSpecAt !== undefined && clock.now() - oldSpecAt <= RECHECK_SPEC_MS) return ask('1.2')
    const first = firstRequests.takeDefinitions()
    // Another tab, or a stream, may have brought something newer since the first file asked.
    const isFirst = first?.since.flags === since.flags && first.since.ruleBasedSegments === since.ruleBasedSegments
    let answer = await get(service.definitions('1.3', since), options, isFirst ? first?.answer : undefined)
    if (isProxy && (answer.status === 400 || answer.status === undefined)) {
      answer = await ask('1.2')
      // Where no answer came again, the spec is not to blame.
      oldSpecAt = answer.status === undefined ? undefined : clock.now()
    } else if (oldSpecAt !== undefined && answer.status === 200) {
      // The proxy was upgraded to spec 1.3. Its change numbers may differ, so everything is fetched again.
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
      change(() => definitions.apply(body, since, isAnew))
    },
    periodMs: definitionsRefreshMs,
    isWanted: page.isActive,
  })
  const eachPoll = (act: (poll: Poll<FetchOptions>) => void): void => {
    act(definitionsPoll)
    for (const poll of keyPolls.values()) act(poll)
  }
  const begin = async (poll: Poll<FetchOptions>): Promise<void> => {
    beginning++
    await poll.run()
    if (!--beginning && isOnce) hub.emit('over', undefined)
  }
  const leave = page.onChange(() => eachPoll((poll) => poll.wake()))

  const createKeyPoll = (entry: KeyEntry): KeyPoll => {
    const { memberships } = entry
    const { matchingKey } = memberships
    const changeMemberships = (makeChange: () => boolean) => {
      const isChanged = makeChange()
      entry.isConfirmed = true
      if (writer && mayStoreUser() && (isChanged || !entry.isStored)) {
        entry.isStored = true
        void writer.writeMemberships(matchingKey, memberships.answer())
      }
      hub.emit('memberships', { matchingKey, isChanged, isConfirmed: true })
    }
    const poll = createPoll<FetchOptions>({
      ...shared,
      what: 'memberships',
      ask: (options) => get(service.memberships(matchingKey), options, firstRequests.takeMemberships(matchingKey)),
      take(body) {
        if (Array.isArray(body)) throw new Error('no memberships')
        changeMemberships(() => memberships.apply(body))
      },
      periodMs: membershipsRefreshMs,
      isWanted: () => page.isActive() && mayUseSegments(),
    })
    return { ...poll, change: changeMemberships }
  }

  /** Keeps the memberships of a key, from its first registration on. */
  const addKey = (matchingKey: string): void => {
    const entry = keys.get(matchingKey)
    if (!entry || keyPolls.has(matchingKey)) return
    const poll = createKeyPoll(entry)
    keyPolls.set(matchingKey, poll)
    if (abort.signal.aborted) return
    if (mayUseSegments()) void begin(poll)
  }
  const onKey = ({ matchingKey, isUsed }: { matchingKey: string; isUsed: boolean }): void => {
    if (isUsed) return addKey(matchingKey)
    keyPolls.get(matchingKey)?.stop()
    keyPolls.delete(matchingKey)
  }
  const stops: (() => void)[] = []

  return {
    start() {
      void firstRequests.asked.then(() => {
        if (isStopped) return
        if (definitions.isDistrusted()) void writer?.clear()
        void begin(definitionsPoll)
        for (const { matchingKey } of keys.all()) addKey(matchingKey)
        stops.push(
          hub.on('key', onKey),
          hub.on('corrupt', () => {
            void writer?.clear()
            void definitionsPoll.run()
          }),
        )
      })
    },
    keys: keys.all,
    refresh: definitionsPoll.run,
    refreshMemberships: async (matchingKey, options) => !!(await keyPolls.get(matchingKey)?.run(options)),
    setPolling(isOn) {
      isPolling = isOn
      if (!isOn) eachPoll((poll) => poll.wake())
    },
    change,
    changeMemberships: (matchingKey, makeChange) => keyPolls.get(matchingKey)?.change(makeChange),
    spec: () => (oldSpecAt === undefined ? '1.3' : '1.2'),
    stop() {
      isStopped = true
      for (const stop of stops) stop()
      halt()
    },
  }
}
