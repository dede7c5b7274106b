import { request } from '../browser/request'
import { isSameVersion } from './isSameVersion'
import type { Timers } from '../browser/clock'
import type { Headers } from '../shared/headers'
import type { Hub } from '../shared/hub'
import type { Definitions } from './definitions'
import type { Keys } from './keys'
import type { Service } from './service'
import type { ChangeNumbers } from './types'

/**
 * The first questions to the service. They are asked, and good answers taken into use, before the second file is there: a first visit
 * waits for no other file than this one. The second file takes over each answer: it stores what a good one brought, and does
 * with another what it does with every answer.
 */
export interface FirstRequests {
  /** Asks for what the cache, which was looked at by now, leaves open. */
  ask(): void
  /** Resolves when everything was asked; with false when nothing will be. */
  readonly asked: Promise<boolean>
  /**
   * Resolves when the second file may come: at a first visit when the answers are there that decisions take, or failed, because until
   * then it would take the line from them; at another one, and where it has to ask for further keys, when they were asked for.
   */
  readonly answered: Promise<unknown>
  /** The question about the definitions. It is given out once. */
  takeDefinitions(): FirstDefinitions | undefined
  /** The answer about a key. It is given out once. */
  takeMemberships(matchingKey: string): Promise<FirstAnswer> | undefined
  abort(): void
}

/** An answer that was read to its end. */
export interface FirstAnswer {
  readonly response: Response
  /** The body of a good answer. */
  readonly text: string
}

export interface FirstDefinitions {
  /** The change numbers that it was asked by. */
  readonly since: ChangeNumbers
  /** Rejects when no whole answer came in time. */
  readonly answer: Promise<FirstAnswer>
  /** Whether the answer was good, and is in use. */
  readonly isApplied: boolean
}

/** Requests for memberships at a time: the connections that a browser opens to one host over HTTP/1.1. */
export const MOST_MEMBERSHIPS = 6

interface FirstRequestsParts {
  service: Service
  headers: Headers
  definitions: Definitions
  keys: Keys
  hub: Hub
  /** Deadline of an answer, ms. */
  timeoutMs: number
  clock: Pick<Timers, 'now' | 'after'>
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

  /** @param apply takes the body of a good answer into use, if it is what was asked for */
  const get = async (url: string, apply: (body: unknown) => void): Promise<FirstAnswer> => {
    const deadline = new AbortController()
    const cancel = clock.after(timeoutMs, () => deadline.abort())
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
        // A cache that was slow may have brought something newer than this answer.
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
        // The second file is to store it.
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
      // Definitions first: nothing is decided without them.
      first = askDefinitions(since)
      // Nothing is known of the flags at a first visit: they may use segments.
      if (isFirstVisit || definitions.usesSegments()) {
        for (const { matchingKey } of keys.all().slice(0, MOST_MEMBERSHIPS)) {
          memberships.set(matchingKey, askMemberships(matchingKey))
        }
      }
      const ofKeys: Promise<unknown> = Promise.allSettled(memberships.values())
      const all = first.answer.catch(() => {}).then(() => definitions.usesSegments() && ofKeys)
      // The second file asks for the keys that are left.
      ends = isFirstVisit && keys.all().length <= MOST_MEMBERSHIPS && all
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
