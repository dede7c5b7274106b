import { createSubject } from '../evaluation/evaluate'
import { createUserClient, type SharedParts, type UserClient } from './userClient'
import type { Definitions } from '../definitions/definitions'
import type { Memberships } from '../definitions/memberships'
import type { Sync } from '../late/sync/sync'
import type { Subject } from '../evaluation/types'
import type { Client } from './types/client'
import type { ClientEvents, Status, Update } from './types/events'
import type { Settings } from './types/settings'
import type { ValidKey } from './key'

/** The clients of all keys on one connection: who there is, who is ready, and who hears of what. */
export interface Users {
  /** The client of a key, made where there is none. Undefined is an invalid key: its client refuses every call. */
  of(key: ValidKey | undefined, attributes?: Settings['attributes'], onDestroy?: () => Promise<void>): Client
  /** Where the definitions in use came from. */
  source(): Status['source']
  /** Definitions came from somewhere, with what that changed. */
  noteDefinitions(source: Status['source'], change: Update | undefined): void
  /** The service confirmed the definitions; `source` where what is in use came from there. */
  noteConfirmed(source: Status['source'] | undefined, change: Update | undefined): void
  /** Memberships of a key came; `isConfirmed`: from the service. */
  noteMemberships(matchingKey: string, isChanged: boolean, isConfirmed: boolean): void
  /** The service will not be asked any more. */
  giveUp(): void
  emit<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): void
  destroy(): void
}

interface UsersParts {
  sync: Sync
  definitions: Definitions
  bootstrap: Settings['bootstrap']
  shared: SharedParts
  onAdd: () => void
}

interface Entry {
  user: UserClient
  matchingKey: string | undefined
  memberships: Memberships | undefined
}

export function createUsers({ sync, definitions, bootstrap, shared, onAdd }: UsersParts): Users {
  const entries = new Map<string, Entry>()
  // Matching keys whose memberships the service confirmed.
  const confirmedKeys = new Set<string>()
  let isConfirmed = false
  let source: Status['source'] = 'none'

  /**
   * Ready when the service confirmed the definitions and, where they depend on them, the memberships of the key. What is not known
   * of a key is taken for "in no segment" only with what an earlier page, or the application, brought along.
   */
  const lookAtReady = ({ user: { readiness }, matchingKey, memberships }: Entry) => {
    const hasMemberships = matchingKey === undefined || confirmedKeys.has(matchingKey) || !definitions.usesSegments()
    if (isConfirmed && hasMemberships) readiness.reachReady()
    else if (source !== 'none' && (source !== 'network' || memberships?.isKnown())) readiness.reachCache()
  }

  /** Makes ready who can be, and tells of a change those who had answers before it. */
  const settle = (of: Iterable<Entry>, change: Update | undefined) => {
    for (const entry of [...of]) {
      const hadAnswers = entry.user.readiness.reached.readyFromCache
      lookAtReady(entry)
      if (change && hadAnswers) entry.user.emit('update', change)
    }
  }
  const ofKey = (matchingKey: string) => [...entries.values()].filter((entry) => entry.matchingKey === matchingKey)

  return {
    of(key, attributes, onDestroy) {
      const id = JSON.stringify(key ?? null)
      const known = entries.get(id)
      if (known) return known.user.client
      const registration = key && sync.register(key.matchingKey)
      const memberships = registration?.memberships
      const brought = bootstrap?.memberships
      if (key && brought && Object.hasOwn(brought, key.matchingKey)) memberships?.apply(brought[key.matchingKey])
      let subject: Subject | undefined
      const user = createUserClient({
        key,
        attributes,
        shared,
        subject() {
          const { matchingKey, bucketingKey } = key as ValidKey
          const { segments, largeSegments } = memberships as NonNullable<typeof memberships>
          // A new one only when memberships changed: it keeps the decisions that were made for it.
          return subject?.segments === segments && subject.largeSegments === largeSegments
            ? subject
            : (subject = createSubject(matchingKey, bucketingKey, segments, largeSegments))
        },
        async onDestroy() {
          entries.delete(id)
          registration?.release()
          if (key && !ofKey(key.matchingKey).length) confirmedKeys.delete(key.matchingKey)
          await onDestroy?.()
        },
      })
      const entry = { user, matchingKey: key?.matchingKey, memberships }
      entries.set(id, entry)
      onAdd()
      lookAtReady(entry)
      return user.client
    },
    source: () => source,
    noteDefinitions(from, change) {
      source = from
      settle(entries.values(), change)
    },
    noteConfirmed(from, change) {
      isConfirmed = true
      source = from ?? source
      settle(entries.values(), change)
    },
    noteMemberships(matchingKey, isChanged, isFromService) {
      if (isFromService) confirmedKeys.add(matchingKey)
      settle(ofKey(matchingKey), isChanged ? { type: 'segments', names: [] } : undefined)
    },
    giveUp() {
      for (const { user } of [...entries.values()]) user.readiness.giveUp()
    },
    emit(event, payload) {
      for (const { user } of [...entries.values()]) user.emit(event, payload)
    },
    destroy() {
      for (const { user } of [...entries.values()]) void user.client.destroy()
    },
  }
}
