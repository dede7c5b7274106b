import { createEmitter, type Emitter } from './emitter'
import type { Log } from './log'
import type { Delivery } from './types'

/** The origin of the definitions in use. `local`: they come from `localFlags`. */
export type Source = 'bootstrap' | 'cache' | 'network' | 'local'

/** A change of definitions or memberships, as far as decisions may come out differently. */
export interface Change {
  /** `segments`: only rule-based segments, or a key's memberships, changed. */
  type: 'flags' | 'segments'
  /** The flags that changed, appeared or went; empty for segments. */
  names: string[]
}

/** The events by which parts of the client tell each other things without knowing each other. */
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
  /** The cache of definitions is damaged, and is not used. */
  corrupt: undefined
  /** QA changed the treatments of these flags on this page. */
  overrides: readonly string[]
  /** Recorded data left the page, or could not. */
  delivery: Delivery
  /** Recorded data may be stored from now on: the page got its lock, or the pause after a fault of the database is over. */
  usable: undefined
  /** The page gets no lock, so that it may not store what is recorded. The payload says why. */
  alone: string
  /** Something failed that the application may want to know of. */
  fault: Error
}

export type Hub = Emitter<HubEvents>

/** Connects the parts of one client: a part emits what it has to tell, and those that it concerns listen. */
export function createHub(log: Log): Hub {
  return createEmitter<HubEvents>((event, fault) => log.error('not handled', event, fault))
}
