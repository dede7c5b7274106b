import { request } from '../browser/request'
import type { Timers } from '../browser/clock'
import type { Headers } from '../shared/headers'
import type { Definitions } from './definitions'
import type { Keys } from './keys'
import type { Service } from './service'
import type { ChangeNumbers } from './types'

/**
 * The first questions to the service, asked before the second file is there, which takes the answers over: a first visit waits
 * for no other file than the one that asks.
 */
export interface FirstRequests {
  /** Asks for what the cache, which was looked at by now, leaves open. */
  ask(): void
  /** Resolves when everything was asked; with false when nothing will be. */
  readonly asked: Promise<boolean>
  /** The answer about the definitions, and by which change numbers it was asked for. Each answer is given out once. */
  takeDefinitions(): { since: ChangeNumbers; answer: Promise<Response> } | undefined
  takeMemberships(matchingKey: string): Promise<Response> | undefined
  abort(): void
}

/** Requests for memberships at a time: the connections that a browser opens to one host over HTTP/1.1. */
export const MOST_MEMBERSHIPS = 6

interface FirstRequestsParts {
  service: Service
  headers: Headers
  definitions: Definitions
  keys: Keys
  /** Deadline for the headers of an answer, ms. */
  timeoutMs: number
  clock: Pick<Timers, 'after'>
}

export function createFirstRequests(parts: FirstRequestsParts): FirstRequests {
  const { service, headers, definitions, keys, timeoutMs, clock } = parts
  const deadlines: AbortController[] = []
  let isAborted = false
  const memberships = new Map<string, Promise<Response>>()
  let first: { since: ChangeNumbers; answer: Promise<Response> } | undefined
  let resolveAsked!: (isAsked: boolean) => void
  const asked = new Promise<boolean>((resolve) => (resolveAsked = resolve))

  const get = (url: string): Promise<Response> => {
    const deadline = new AbortController()
    const cancel = clock.after(timeoutMs, () => deadline.abort())
    deadlines.push(deadline)
    const answer = request(url, { method: 'GET', headers: headers(), signal: deadline.signal })
    // The timer goes with the headers; the second file, which sees a failure too, may come later than that.
    answer.then(cancel, cancel)
    return answer
  }

  return {
    asked,
    ask() {
      if (isAborted) return
      const since = definitions.changeNumbers()
      // Definitions first: nothing is decided without them.
      first = { since, answer: get(service.definitions('1.3', since)) }
      // Nothing is known of the flags at a first visit: they may use segments.
      if (since.flags === -1 || definitions.usesSegments()) {
        for (const { matchingKey } of keys.all().slice(0, MOST_MEMBERSHIPS)) {
          memberships.set(matchingKey, get(service.memberships(matchingKey)))
        }
      }
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
