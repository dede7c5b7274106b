import { MOST_CONNECTIONS, request } from '../browser/request'
import { setDeadline } from '../browser/setDeadline'
import { isSameVersion } from '../shared/changeNumbers'
import type { Timers } from '../browser/clock'
import type { Headers } from '../shared/headers'
import type { Hub } from '../shared/hub'
import type { Definitions } from './definitions'
import type { Keys } from './keys'
import type { Service } from './service'
import type { FirstAnswer } from './types'
import type { ChangeNumbers } from '../shared/changeNumbers'

/**
 * The first requests to the service. They are sent, and good answers are used, before the second file is there, so that a first visit
 * waits for no other file than this one. The second file takes over each answer: it stores what a good one brought, and treats a bad
 * one as it treats those of its own requests.
 */
export interface FirstRequests {
  /** Sends the requests. The cache was read before, so that they ask only for what it leaves open. */
  ask(): void
  /** Resolves with true when the requests were sent; with false when none will be. */
  readonly asked: Promise<boolean>
  /**
   * Resolves when the second file may be loaded. At a first visit that is when the answers that decisions need came or failed, because
   * until then the file would compete with them for the line. At a later visit, and where the second file has to ask for further keys,
   * it is when the requests were sent.
   */
  readonly answered: Promise<unknown>
  /** The request for definitions. It is given out once: undefined afterwards. */
  takeDefinitions(): FirstDefinitions | undefined
  /** The answer about a key's memberships. It is given out once: undefined afterwards, and where none was asked for. */
  takeMemberships(matchingKey: string): Promise<FirstAnswer> | undefined
  /** Aborts the requests, or keeps them from being sent. */
  abort(): void
}

export interface FirstDefinitions {
  /** The change numbers that were known when it was sent: the request is for what changed since. */
  readonly since: ChangeNumbers
  /** Rejects when no whole answer came in time. */
  readonly answer: Promise<FirstAnswer>
  /** Whether the answer was good, and is in use. */
  readonly isApplied: boolean
}

interface FirstRequestsParts {
  service: Service
  headers: Headers
  definitions: Definitions
  keys: Keys
  hub: Hub
  /** Deadline of an answer, ms. */
  timeoutMs: number
  clock: Timers
}

export function createFirstRequests(parts: FirstRequestsParts): FirstRequests {
  const { service, headers, definitions, keys, hub, timeoutMs, clock } = parts
  const deadlines: AbortController[] = []
  let isAborted = false
  const memberships = new Map<string, Promise<FirstAnswer>>()
  let first: (FirstDefinitions & { isApplied: boolean }) | undefined
  let resolveAsked!: (isAsked: boolean) => void
  /** The answers that a first visit waits for; false where nothing is waited for. */
  let ends: unknown
  const asked = new Promise<boolean>((resolve) => (resolveAsked = resolve))

  /** @param apply uses the body of a good answer, if it is what was asked for */
  const get = async (url: string, apply: (body: unknown) => void): Promise<FirstAnswer> => {
    const deadline = new AbortController()
    const cancel = setDeadline(clock, timeoutMs, () => deadline.abort())
    deadlines.push(deadline)
    try {
      const response = await request(url, { method: 'GET', headers: headers(), signal: deadline.signal })
      const text = response.ok ? await response.text() : ''
      try {
        apply(JSON.parse(text))
      } catch {
        // A body that is no JSON is left to the second file, as a refusal is.
      }
      return { response, text }
    } finally {
      cancel()
    }
  }

  const askDefinitions = (since: ChangeNumbers) => {
    const asking: FirstDefinitions & { isApplied: boolean } = {
      since,
      isApplied: false,
      answer: get(service.definitions('1.3', since), (body) => {
        // A cache that was slow to read may have brought something newer than this answer.
        if (!isSameVersion(since, definitions.changeNumbers()) || !definitions.isAnswer(body)) return
        asking.isApplied = true
        definitions.confirm(clock.now())
        hub.emit('definitions', { source: 'network', change: definitions.apply(body, since) })
      }),
    }
    return asking
  }
  const askMemberships = (matchingKey: string) =>
    get(service.memberships(matchingKey), (body) => {
      if (!keys.get(matchingKey)?.memberships.isAnswer(body)) return
      keys.confirm(matchingKey, (entry) => {
        const isChanged = entry.memberships.apply(body)
        // A key that is marked so has its change stored by the second file.
        if (isChanged) entry.storedAt = undefined
        return isChanged
      })
    })

  return {
    asked,
    answered: asked.then(() => ends),
    ask() {
      if (isAborted) return
      const since = definitions.changeNumbers()
      const isFirstVisit = since.flags === -1
      // Definitions are asked for first, because nothing is decided without them.
      first = askDefinitions(since)
      // Nothing is known of the flags at a first visit, so that they may use segments.
      if (isFirstVisit || definitions.usesSegments()) {
        for (const { matchingKey } of keys.all().slice(0, MOST_CONNECTIONS)) {
          memberships.set(matchingKey, askMemberships(matchingKey))
        }
      }
      const ofKeys: Promise<unknown> = Promise.allSettled(memberships.values())
      const all = first.answer.catch(() => {}).then(() => definitions.usesSegments() && ofKeys)
      // If there are more keys, the second file has to ask for their memberships, and must not wait.
      ends = isFirstVisit && keys.all().length <= MOST_CONNECTIONS && all
      resolveAsked(true)
    },
    takeDefinitions() {
      const taken = first
      first = undefined
      return taken
    },
    takeMemberships(matchingKey) {
      const taken = memberships.get(matchingKey)
      memberships.delete(matchingKey)
      return taken
    },
    abort() {
      isAborted = true
      resolveAsked(false)
      for (const deadline of deadlines) deadline.abort()
    },
  }
}
