import { atMost } from './atMost'
import { checkHalves } from './checkHalves'
import { createPoll } from './poll'
import { MOST_MEMBERSHIPS } from '../../definitions/firstRequests'
import type { FirstRequests } from '../../definitions/firstRequests'
import type { KeyEntry, Keys } from '../../definitions/keys'
import type { Service } from '../../definitions/service'
import type { Writer } from '../../definitions/types'
import type { Hub } from '../../shared/hub'
import type { Http } from '../http'
import type { FetchOptions } from './definitionsPoll'
import type { Poll, PollParts } from './poll'

/** The polls of the memberships of every key in use. */
export interface MembershipsPolls {
  /** Takes up the key, unless it was. Its poll has not run yet. */
  add(matchingKey: string): Poll<FetchOptions> | undefined
  remove(matchingKey: string): void
  get(matchingKey: string): Poll<FetchOptions> | undefined
  all(): Poll<FetchOptions>[]
  /** The later keys wait for the stream, which opens soon: what is asked before that is asked again then. */
  holdBack(): void
  /** There is a stream now, or none before long. */
  readonly letGo: () => void
  /** Makes a change that the service brought; `makeChange` returns whether anything changed. */
  readonly change: (matchingKey: string, makeChange: () => boolean) => void
}

interface MembershipsPollsParts extends Omit<
  PollParts<FetchOptions>,
  'what' | 'resource' | 'url' | 'ask' | 'onRefused' | 'isPolling'
> {
  http: Pick<Http, 'get'>
  service: Service
  keys: Keys
  firstRequests: FirstRequests
  /** Undefined without storage. */
  writer: Writer | undefined
  /** Whether the user may be written to disk. */
  mayStoreUser: () => boolean
  hub: Hub
  onRefused: (matchingKey: string) => void
  isPolling: (matchingKey: string) => boolean
}

/** How often memberships that the service confirmed unchanged are marked as confirmed, ms: without that they would expire. */
const CONFIRM_MS = 3_600_000
/** So many keys wait for no stream: a page has its users' answers as soon as can be, and few pages have as many users. */
const MOST_EARLY = 2 * MOST_MEMBERSHIPS
/** The others wait no longer than a stream usually takes, four turns to the service and back, ms. */
const OPENING_MS = 500

export function createMembershipsPolls(parts: MembershipsPollsParts): MembershipsPolls {
  const { http, service, keys, firstRequests, writer, mayStoreUser, hub, onRefused, isPolling, clock } = parts
  const polls = new Map<string, Poll<FetchOptions>>()
  const takePlace = atMost(MOST_MEMBERSHIPS)
  let begun = 0
  let opening: Promise<void> | undefined
  let letGo = () => {}
  const place = <Result>(begin: () => Promise<Result>): Promise<Result> =>
    takePlace(() => (++begun > MOST_EARLY && opening ? opening.then(begin) : begin()))

  const store = (entry: KeyEntry, isChanged: boolean): void => {
    const { memberships, storedAt } = entry
    const now = clock.now()
    if (!writer || !mayStoreUser()) return
    if (!isChanged && storedAt !== undefined && now - storedAt < CONFIRM_MS) return
    entry.storedAt = now
    void writer.writeMemberships(memberships.matchingKey, { confirmedAt: now, answer: memberships.answer() })
  }
  const change: MembershipsPolls['change'] = (matchingKey, makeChange) => {
    const entry = keys.get(matchingKey)
    if (!entry) return
    const isChanged = makeChange()
    entry.state = 'confirmed'
    store(entry, isChanged)
    hub.emit('memberships', { matchingKey, isChanged })
  }

  return {
    add(matchingKey) {
      const memberships = keys.get(matchingKey)?.memberships
      if (!memberships || polls.has(matchingKey)) return undefined
      const poll = createPoll<FetchOptions>({
        ...parts,
        what: 'memberships',
        resource: `memberships/${matchingKey}`,
        url: service.membershipsUrl,
        place,
        isPolling: () => isPolling(matchingKey),
        onRefused: () => onRefused(matchingKey),
        async ask({ noCache = false, till }, signal) {
          const underWay = firstRequests.takeMemberships(matchingKey)
          const url = service.memberships(matchingKey) + (till ? `?till=${till}` : '')
          return {
            answer: await http.get(url, { noCache, signal, underWay }),
            take(body: { ms?: unknown; ls?: unknown }) {
              checkHalves([body.ms, body.ls], isHalf)
              change(matchingKey, () => memberships.apply(body))
            },
          }
        },
      })
      polls.set(matchingKey, poll)
      return poll
    },
    remove(matchingKey) {
      polls.get(matchingKey)?.stop()
      polls.delete(matchingKey)
    },
    get: (matchingKey) => polls.get(matchingKey),
    all: () => [...polls.values()],
    holdBack() {
      opening = new Promise((resolve) => {
        const cancel = clock.after(OPENING_MS, resolve)
        letGo = () => {
          cancel()
          resolve()
        }
      })
    },
    letGo: () => letGo(),
    change,
  }
}

/** Whether this is a list of memberships. One without segments is a half too: the key is in no segment of the kind. */
function isHalf(half: { k?: unknown }): boolean {
  return typeof half === 'object' && !Array.isArray(half) && Array.isArray(half.k ?? [])
}
