import { createSubject } from '../evaluation/evaluate'
import { stringify } from '../shared/json'
import { createUserClient, type SharedParts, type UserClient } from './userClient'
import { validateKey } from '../shared/validateKey'
import type { ValidKey } from '../shared/validateKey'
import type { FlagData } from '../definitions/flagData'
import type { KeyEntry, Memberships } from '../definitions/types'
import type { Subject } from '../evaluation/types'
import type { Hub } from '../shared/hub'
import type { DefinitionsInUse } from './definitionsInUse'
import type { ResolvedSettings } from './settings'
import type { Client } from './types/client'
import type { Update } from './types/events'
import type { Settings } from './types/settings'

/** The clients of all keys on one connection. */
export interface Clients {
  /**
   * The client of a key, made if there is none yet. Without a key (an invalid one was given) it is a client that refuses every call.
   *
   * @param attributes bound to a client that is made by this call
   * @param onDestroy called when a client that is made by this call is destroyed
   */
  of(key: ValidKey | undefined, attributes?: Settings['attributes'], onDestroy?: () => Promise<void>): Client
  /** Destroys the clients of all keys. One that is asked for afterwards is destroyed from the start. */
  destroy(): void
}

interface ClientsParts extends Pick<FlagData, 'keys' | 'definitions'> {
  inUse: DefinitionsInUse
  /** Whether the page sends no request, so that no client waits for an answer. */
  isAlone: boolean
  settings: Pick<ResolvedSettings, 'allowOverrides' | 'bootstrap'>
  hub: Hub
  shared: SharedParts
}

interface Entry {
  user: UserClient
  key: ValidKey | undefined
  memberships: Memberships | undefined
}

export function createClients({ keys, definitions, inUse, isAlone, settings, hub, shared }: ClientsParts): Clients {
  const entries = new Map<string, Entry>()
  /** The last answer of the service about definitions on this page. */
  let state: KeyEntry['state'] = 'unknown'
  let isOver = false

  /**
   * Makes a client ready, or ready from cache, if it can be. It is ready when the service confirmed the definitions and, if these use
   * segments, the memberships of the key. Unknown memberships pass for "in no segment" only with definitions that come from the cache or
   * from the application. If the service refuses one of the two, the client still waits for the other, which may be all that its
   * decisions need.
   */
  const lookAtReady = ({ user: { readiness }, key, memberships }: Entry) => {
    // Only the second file knows the overrides that QA set: without it, decisions could be wrong.
    if (settings.allowOverrides && !shared.secondFile.late) return
    const needed = [state]
    if (key && definitions.usesSegments()) needed.push(keys.get(key.matchingKey)?.state ?? 'unknown')
    if (needed.every((known) => known === 'confirmed')) readiness.reachReady()
    else {
      const source = inUse.source()
      if (source !== 'none' && (source !== 'network' || memberships?.isKnown())) readiness.reachCache()
      // The service refused the rest, which is asked for again only much later: `whenReady` does not wait for that.
      if (!needed.includes('unknown')) readiness.giveUp()
    }
  }

  /** Makes those of the clients ready that can be, and emits `update` on those that could already decide before the change. */
  const settle = (of: Iterable<Entry>, change: Update | undefined) => {
    for (const entry of [...of]) {
      const hadAnswers = entry.user.readiness.reached.readyFromCache
      lookAtReady(entry)
      if (change && hadAnswers) entry.user.emit('update', change)
    }
  }
  const ofKey = (matchingKey: string) => [...entries.values()].filter(({ key }) => key?.matchingKey === matchingKey)

  hub.on('definitions', ({ source: from, change }) => {
    if (from === 'network' || from === 'local') state = 'confirmed'
    settle(entries.values(), change)
  })
  hub.on('memberships', ({ matchingKey, isChanged }) => {
    const concerned = ofKey(matchingKey)
    if (isChanged) for (const { user, key, memberships } of concerned) user.setSubject(subjectOf(key, memberships))
    settle(concerned, isChanged ? { type: 'segments', names: [] } : undefined)
  })
  hub.on('refused', ({ matchingKey }) => {
    if (matchingKey === undefined && state === 'unknown') state = 'refused'
    settle(entries.values(), undefined)
  })
  hub.on('complete', () => settle(entries.values(), undefined))
  hub.on('over', () => {
    for (const { user } of [...entries.values()]) user.readiness.giveUp()
  })
  const emitAll: UserClient['emit'] = (event, payload) => {
    for (const { user } of [...entries.values()]) user.emit(event, payload)
  }
  hub.on('overrides', (names) => emitAll('update', { type: 'flags', names: [...names] }))
  hub.on('delivery', (delivery) => emitAll('delivery', delivery))
  hub.on('fault', (fault) => emitAll('error', fault))

  const clients: Clients = {
    of(key, attributes, onDestroy) {
      const id = stringify(key ?? null)
      const known = entries.get(id)
      if (known) return known.user.client
      const registration = key && keys.register(key.matchingKey)
      const memberships = registration?.memberships
      const brought = settings.bootstrap?.memberships
      // Another client of the same matching key may have brought these memberships before, and the service may have
      // answered since.
      if (key && brought && Object.hasOwn(brought, key.matchingKey) && !memberships?.isKnown())
        memberships?.apply(brought[key.matchingKey])
      const user = createUserClient({
        key,
        subject: subjectOf(key, memberships),
        attributes,
        shared,
        forKey(given) {
          const other = validateKey(given)
          if (isOver) shared.log.once('warn', 'destroyed', 'destroyed')
          else if (!other) shared.log.warn('invalid key')
          return clients.of(other)
        },
        async onDestroy() {
          entries.delete(id)
          registration?.end()
          await onDestroy?.()
        },
      })
      const entry = { user, key, memberships }
      entries.set(id, entry)
      lookAtReady(entry)
      // Only from the next microtask on can the application listen to the client.
      if (isAlone) void Promise.resolve().then(user.readiness.giveUp)
      if (isOver) void user.client.destroy()
      return user.client
    },
    destroy() {
      isOver = true
      for (const { user } of [...entries.values()]) void user.client.destroy()
    },
  }
  return clients
}

/** A key with the memberships that it has now; undefined without a key. */
function subjectOf(key: ValidKey | undefined, memberships: Memberships | undefined): Subject | undefined {
  return key && memberships
    ? createSubject(key.matchingKey, key.bucketingKey, memberships.segments, memberships.largeSegments)
    : undefined
}
