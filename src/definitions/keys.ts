import { createMemberships } from './memberships'
import type { Hub } from '../shared/hub'
import type { CachedMemberships, KeyEntry, Memberships } from './types'

/** The matching keys in use and their memberships: several clients may share one. */
export interface Keys {
  /** Takes a key into use. It is forgotten when all its registrations have ended. */
  register(matchingKey: string): Registration
  get(matchingKey: string): KeyEntry | undefined
  /** The memberships of all keys in use, in the order they came. */
  all(): Memberships[]
  /** Applies what the cache knew of a key, unless the service was faster, or the page brought along what is not older. */
  load(matchingKey: string, cached: CachedMemberships | undefined): void
  /** Makes a change of a key in use that the service brought, and tells of it; `makeChange` returns whether memberships changed. */
  confirm(matchingKey: string, makeChange: (entry: KeyEntry) => boolean): void
}

export interface Registration {
  readonly memberships: Memberships
  end(): void
}

export function createKeys(hub: Hub): Keys {
  const entries = new Map<string, KeyEntry & { registrations: number }>()

  return {
    register(matchingKey) {
      let entry = entries.get(matchingKey)
      if (!entry) {
        const memberships = createMemberships(matchingKey)
        entries.set(matchingKey, (entry = { memberships, state: 'unknown', storedAt: undefined, registrations: 0 }))
      }
      const registered = entry
      if (!registered.registrations++) hub.emit('key', { matchingKey, isUsed: true })
      let isEnded = false
      return {
        memberships: registered.memberships,
        end() {
          if (isEnded) return
          isEnded = true
          if (--registered.registrations) return
          entries.delete(matchingKey)
          hub.emit('key', { matchingKey, isUsed: false })
        },
      }
    },
    get: (matchingKey) => entries.get(matchingKey),
    all: () => [...entries.values()].map(({ memberships }) => memberships),
    load(matchingKey, cached) {
      const entry = entries.get(matchingKey)
      if (!entry || entry.state === 'confirmed' || !cached) return
      const { memberships } = entry
      // Memberships that are known before the cache was read came with the page, and those on disk are usually older.
      const isBehind = memberships.isKnown()
      if (!isBehind) entry.storedAt = cached.confirmedAt
      hub.emit('memberships', { matchingKey, isChanged: memberships.apply(cached.answer, isBehind) })
    },
    confirm(matchingKey, makeChange) {
      const entry = entries.get(matchingKey)
      if (!entry) return
      const isChanged = makeChange(entry)
      entry.state = 'confirmed'
      hub.emit('memberships', { matchingKey, isChanged })
    },
  }
}
