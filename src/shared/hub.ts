import { createEmitter, type Emitter } from './emitter'
import type { Log } from './log'
import type { Delivery } from './types'

/** Where definitions in use came from. `local`: from `localFlags`. */
export type Source = 'bootstrap' | 'cache' | 'network' | 'local'

/** What a change of definitions changed for those who ask. */
export interface Change {
  /** `segments`: only rule-based segments, or a key's memberships, changed. */
  type: 'flags' | 'segments'
  /** The flags that changed, appeared or went; empty for segments. */
  names: string[]
}

/** What the rooms tell each other without knowing each other. */
export interface HubEvents {
  /** Definitions arrived, or were confirmed unchanged (`change` undefined). */
  definitions: { source: Source; change: Change | undefined }
  /** Memberships of a matching key arrived, or were confirmed. */
  memberships: { matchingKey: string; isChanged: boolean }
  /** A matching key came into use, or nobody uses it any more. */
  key: { matchingKey: string; isUsed: boolean }
  /** The service refused the memberships of a key; undefined: the definitions. It is asked again, much later. */
  refused: { matchingKey: string | undefined }
  /** The second file has taken over. */
  complete: undefined
  /** Nothing will be asked of the service any more. */
  over: undefined
  /** What is cached is not whole. */
  corrupt: undefined
  /** QA changed the treatments of these flags on this page. */
  overrides: readonly string[]
  /** Recorded data left the page, or could not. */
  delivery: Delivery
  /** Something failed that the application may want to know of. */
  fault: Error
}

export type Hub = Emitter<HubEvents>

/** Connects the rooms of one client: who has something to tell emits it, whoever is concerned listens. */
export function createHub(log: Log): Hub {
  return createEmitter<HubEvents>((event, fault) => log.error('not handled', event, fault))
}
