import { MOST_CONNECTIONS } from '../../browser/request'
import { atMost } from './atMost'
import { type CacheWriter, CONFIRM_MS } from './cacheWriter'
import { createPoll } from './poll'
import type { FlagData } from '../../definitions/flagData'
import type { FirstAnswer, KeyEntry } from '../../definitions/types'
import type { Http, HttpAnswer } from '../http'
import type { FetchOptions } from './definitionsPoll'
import type { Poll, PollParts } from './poll'

/** The polls of the memberships of every key in use. */
export interface MembershipsPolls {
  /**
   * Makes the poll of a key. It has not run yet.
   *
   * @param underWay the answer that its first run takes over
   * @returns undefined for a key that has one, or is not in use
   */
  add(matchingKey: string, underWay?: Promise<FirstAnswer>): Poll<FetchOptions> | undefined
  remove(matchingKey: string): void
  get(matchingKey: string): Poll<FetchOptions> | undefined
  all(): Poll<FetchOptions>[]
  /** Makes all but the first keys wait for the stream, which opens soon: whatever is fetched before is fetched again then. */
  holdBack(): void
  /** Ends that wait: there is a stream now, or there will be none before long. */
  readonly letGo: () => void
  /** Whether the memberships of a key are those of the service's last answer, and no other answer is under way. */
  readonly isSettled: (matchingKey: string) => boolean
  /** Stores what was confirmed while nothing of the user might be stored. */
  readonly storeAll: () => void
  /** Makes a change that the service brought; `makeChange` returns whether anything changed. */
  readonly change: (matchingKey: string, makeChange: () => boolean) => void
}

interface MembershipsPollsParts
  extends
    Omit<PollParts<FetchOptions>, 'what' | 'resource' | 'url' | 'ask' | 'onRefused' | 'isPolling'>,
    Pick<FlagData, 'service' | 'keys'> {
  http: Pick<Http, 'get'>
  /** The writer of the cache; undefined without storage. */
  writer: CacheWriter | undefined
  /** Whether the user may be written to disk. */
  mayStoreUser: () => boolean
  onRefused: (matchingKey: string) => void
  isPolling: (matchingKey: string) => boolean
}

/** The number of keys that do not wait for the stream. Few pages have more users, and each should be answered as soon as possible. */
const MOST_EARLY = 2 * MOST_CONNECTIONS
/** Longest that the other keys wait for the stream, ms: it usually takes four round trips to the service. */
const OPENING_MS = 500

export function createMembershipsPolls(parts: MembershipsPollsParts): MembershipsPolls {
  const { http, service, keys, writer, mayStoreUser, onRefused, isPolling, clock } = parts
  const polls = new Map<string, Poll<FetchOptions>>()
  const takePlace = atMost(MOST_CONNECTIONS)
  let begun = 0
  let opening: Promise<void> | undefined
  let letGo = () => {}
  const place = <Result>(begin: () => Promise<Result>): Promise<Result> =>
    takePlace(() => (++begun > MOST_EARLY && opening ? opening.then(begin) : begin()))

  const store = (entry: KeyEntry, isChanged: boolean): void => {
    // A change that may not be stored now is stored by `storeAll`.
    if (isChanged) entry.storedAt = undefined
    const { memberships, storedAt } = entry
    const now = clock.now()
    // The comparison is false where nothing is stored.
    if (!writer || !mayStoreUser() || now - (storedAt as number) < CONFIRM_MS) return
    entry.storedAt = now
    void writer.writeMemberships(memberships.matchingKey, { confirmedAt: now, answer: memberships.answer() })
  }
  const change: MembershipsPolls['change'] = (matchingKey, makeChange) =>
    keys.confirm(matchingKey, (entry) => {
      const isChanged = makeChange()
      store(entry, isChanged)
      return isChanged
    })

  return {
    add(matchingKey, underWay) {
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
          const first = underWay
          underWay = undefined
          const url = service.memberships(matchingKey) + (till ? `?till=${till}` : '')
          return {
            answer: await http.get(url, { noCache, signal, underWay: first }),
            take(json: HttpAnswer['json']) {
              const entry = keys.get(matchingKey)
              // The first file has applied this answer, unless nobody used the key any more.
              if (first && entry?.state === 'confirmed') return store(entry, false)
              const body = json()
              if (!memberships.isAnswer(body)) throw new Error()
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
    isSettled: (matchingKey) => keys.get(matchingKey)?.state === 'confirmed' && !!polls.get(matchingKey)?.isIdle(),
    storeAll() {
      for (const { matchingKey } of keys.all()) {
        const entry = keys.get(matchingKey)
        if (entry?.state === 'confirmed' && entry.storedAt === undefined) store(entry, false)
      }
    },
    change,
  }
}
