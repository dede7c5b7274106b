import { createDefinitionsPoll } from './definitionsPoll'
import { createMembershipsPolls, type MembershipsPolls } from './membershipsPolls'
import { createStops } from '../../shared/stops'
import type { Clock } from '../../browser/clock'
import type { FlagData } from '../../definitions/flagData'
import type { Memberships, Spec } from '../../definitions/types'
import type { CacheWriter } from './cacheWriter'
import type { Change, Hub, HubEvents } from '../../shared/hub'
import type { RefusedResource } from '../../shared/types'
import type { Http } from '../http'
import type { LateSettings } from '../types'
import type { FetchOptions } from './definitionsPoll'
import type { Poll } from './poll'

/** Asks for definitions and memberships again and again where no stream brings their changes, and makes every change of them. */
export interface Polling {
  /** Takes over the first requests, and begins to poll. Called once. */
  start(): void
  /** The memberships of the matching keys in use, in the order they came. */
  keys(): Memberships[]
  /** Whether a decision may depend on memberships. */
  readonly usesSegments: () => boolean
  /** Fetches definitions now. Resolves with whether that worked; never rejects. */
  refresh(options?: FetchOptions): Promise<boolean>
  /** Fetches the memberships of a registered key now. */
  refreshMemberships(matchingKey: string, options?: FetchOptions): Promise<boolean>
  /** Fetches everything that decisions depend on. */
  refreshAll(options?: FetchOptions): Promise<unknown>
  /** Says that a stream opens soon. */
  expectStream(): void
  /**
   * Says that a stream brings changes of the definitions, and of the memberships of these keys. They are not polled then,
   * but what is overdue on return to the page is still fetched. `undefined` says that there is no stream, so that polling
   * begins with the next fetch, or return.
   */
  setStreamed(matchingKeys: ReadonlySet<string> | undefined): void
  /**
   * Makes a change that a stream brought, and tells of it as of an answer. It counts as confirmed, and is stored, unless `isConfirmed` is
   * false: a kill comes before the definition that confirms it.
   */
  readonly change: (makeChange: () => Change | undefined, isConfirmed?: boolean) => void
  /** As `change`, of the memberships of a registered key; `makeChange` returns whether they changed. */
  changeMemberships(matchingKey: string, makeChange: () => boolean): void
  /** As in `MembershipsPolls`. */
  readonly isSettled: MembershipsPolls['isSettled']
  /** As `storeAll` of `MembershipsPolls`. */
  readonly storeMemberships: () => void
  /** The spec that the service is spoken to in. */
  readonly spec: () => Spec
  /** The time when the service was last heard of, epoch ms; undefined when it never was on this page. */
  contactAt(): number | undefined
  /** The definitions and memberships that the service refuses. */
  refused(): RefusedResource[]
  readonly stop: () => void
}

export interface PollingParts extends Pick<FlagData, 'service' | 'definitions' | 'keys' | 'firstRequests'> {
  http: Pick<Http, 'get'>
  /** The writer of the cache; undefined without storage. */
  writer: CacheWriter | undefined
  hub: Hub
  /** Whether the user may be written to disk. */
  mayStoreUser: () => boolean
  /** Whether the page is visible and online. Listeners hear of a change, and of a return from the bfcache. */
  page: { isActive: () => boolean; onChange: (listener: () => void) => () => void }
  clock: Pick<Clock, 'now' | 'elapsed' | 'after'>
  /** Definitions come from a proxy, not from the service itself: old proxies speak spec 1.2 only. */
  isProxied: boolean
  settings: Pick<LateSettings, 'definitionsRefreshMs' | 'membershipsRefreshMs'>
  /** Everything is fetched once, and never again. @default false */
  isOnce?: boolean
  backoff: (failures: number) => number
}

export function createPolling(parts: PollingParts): Polling {
  const { settings, definitions, keys, firstRequests, writer, hub, page, clock, isOnce } = parts
  /** The keys whose memberships a stream brings; undefined while there is none. */
  let streamed: ReadonlySet<string> | undefined
  let contactAt: number | undefined
  /** The number of polls that have not ended their first run. */
  let beginning = 0

  // As long as nothing is known of the flags, they may use segments. An environment without flags has no change number either.
  const usesSegments = () =>
    definitions.usesSegments() || (definitions.confirmedAt() === undefined && definitions.changeNumbers().flags === -1)
  let usedSegments = true
  /** Fetches all memberships as soon as flags use segments and did not before. */
  const lookAtSegments = (): void => {
    const isNew = !usedSegments
    usedSegments = usesSegments()
    if (isNew && usedSegments) for (const poll of memberships.all()) void poll.run()
  }
  /** Stores what the service confirmed, and remembers when. */
  const keep = (): void => {
    contactAt = definitions.confirmedAt() as number
    void writer?.writeDefinitions(definitions.snapshot, contactAt)
  }
  const tell = (change: Change | undefined) => hub.emit('definitions', { source: 'network', change })
  const change: Polling['change'] = (makeChange, isConfirmed = true) => {
    const made = makeChange()
    if (isConfirmed) {
      definitions.confirm(clock.now())
      keep()
    }
    tell(made)
  }

  const shared = {
    ...parts,
    onError: (error: Error) => hub.emit('fault', error),
  }
  const definitionsPoll = createDefinitionsPoll({
    ...shared,
    change,
    // Applications heard of the change from the first file. The parts of this file only need to hear that there are definitions.
    onApplied() {
      keep()
      tell(undefined)
    },
    onRefused: () => hub.emit('refused', { matchingKey: undefined }),
    periodMs: settings.definitionsRefreshMs,
    isPolling: () => !streamed,
    isWanted: page.isActive,
  })
  const memberships = createMembershipsPolls({
    ...shared,
    onRefused(matchingKey) {
      const entry = keys.get(matchingKey)
      if (entry?.state === 'unknown') entry.state = 'refused'
      hub.emit('refused', { matchingKey })
    },
    periodMs: settings.membershipsRefreshMs,
    isPolling: (matchingKey) => !streamed?.has(matchingKey),
    isWanted: () => page.isActive() && usesSegments(),
  })
  const polls = () => [...memberships.all(), definitionsPoll]
  const wakeAll = (): void => polls().forEach((poll) => poll.wake())

  const begin = async (poll: Poll<FetchOptions>): Promise<void> => {
    beginning++
    await poll.run()
    if (!--beginning && isOnce) hub.emit('over', undefined)
  }
  const addKey = (matchingKey: string): void => {
    // An answer that the first file asked for is taken over even where flags use no segments: later it would be out of date.
    const underWay = firstRequests.takeMemberships(matchingKey)
    const poll = memberships.add(matchingKey, underWay)
    if (poll && (underWay || usesSegments())) void begin(poll)
  }
  const refreshMemberships: Polling['refreshMemberships'] = async (matchingKey, options) =>
    !!(await memberships.get(matchingKey)?.run(options))

  const stops = createStops()
  stops.push(() => polls().forEach((poll) => poll.stop()), memberships.letGo, page.onChange(wakeAll))

  return {
    start() {
      void firstRequests.asked.then((isAsked) => {
        if (!isAsked || stops.isStopped) return
        if (definitions.isDistrusted()) void writer?.forgetDefinitions()
        stops.push(
          hub.on('definitions', lookAtSegments),
          hub.on('key', ({ matchingKey, isUsed }: HubEvents['key']) =>
            isUsed ? addKey(matchingKey) : memberships.remove(matchingKey),
          ),
          hub.on('corrupt', () => {
            void writer?.forgetDefinitions()
            void definitionsPoll.run()
          }),
        )
        lookAtSegments()
        void begin(definitionsPoll)
        for (const { matchingKey } of keys.all()) addKey(matchingKey)
      })
    },
    keys: keys.all,
    usesSegments,
    refresh: definitionsPoll.run,
    refreshMemberships,
    refreshAll: (options) =>
      Promise.all((usesSegments() ? polls() : [definitionsPoll]).map((poll) => poll.run(options))),
    expectStream: memberships.holdBack,
    setStreamed(matchingKeys) {
      memberships.letGo()
      // While there was a stream, the service was in contact.
      if (streamed) contactAt = clock.now()
      streamed = matchingKeys
      if (streamed) wakeAll()
    },
    change,
    changeMemberships: memberships.change,
    isSettled: memberships.isSettled,
    storeMemberships: memberships.storeAll,
    spec: definitionsPoll.spec,
    contactAt: () => (streamed ? clock.now() : contactAt),
    refused: () => polls().flatMap((poll) => poll.refusal() ?? []),
    stop: stops.stop,
  }
}
