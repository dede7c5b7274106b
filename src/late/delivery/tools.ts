import type { Beacon } from '../../browser/beacon'
import type { Broadcast } from '../../browser/broadcast'
import type { Clock } from '../../browser/clock'
import type { HideNotes } from '../../browser/hideNote'
import type { KeyValue } from '../../browser/keyValue'
import type { Locks } from '../../browser/locks'
import type { Page } from '../../browser/page'
import type { packing } from '../../impressions/packing'
import type { ConsentState } from '../../shared/consent'
import type { Hub } from '../../shared/hub'
import type { Log } from '../../shared/log'
import type { Stops } from '../../shared/stops'
import type { Delivery as News } from '../../shared/types'
import type { Dedupe } from './dedupe'
import type { Endpoints } from './endpoints'
import type { Life } from './life'
import type { Outbox } from './outbox'
import type { OutboxStore } from './outboxStore'
import type { Channel } from './types'
import type { PostAnswer } from './verdictOf'

/** The settings and the parts of the page that delivery is made of. */
export interface DeliveryParts {
  /** SDK key and address of the service. Data of another scope is not touched. */
  readonly scope: string
  readonly sdkKey: string
  /** The impressions mode. */
  readonly mode: string
  readonly limits: { maxBytes: number; maxItems: number; maxAgeMs: number; flushBytes: number }
  readonly requestTimeoutMs: number
  readonly packing: typeof packing
  /** The kinds of data; integrations add theirs. */
  readonly channels: readonly Channel[]
  /** Whether data about the user may be on disk. If not, what an earlier version of the page left there is deleted. */
  readonly isStored: boolean
  /** Opens a database; undefined where there are none. */
  readonly openDatabase: (name: string) => KeyValue | undefined
  /** Resolves with the names of the databases of this origin; undefined where the browser does not tell. */
  readonly databaseNames: () => Promise<(string | undefined)[] | undefined>
  readonly deleteDatabase: (name: string) => void
  readonly locks: Locks | undefined
  readonly notes: HideNotes
  /** The channel to other pages; undefined where there are none to speak to. */
  readonly broadcast: Broadcast | undefined
  readonly post: (
    url: string,
    body: string,
    options: { keepalive: boolean; headers: Record<string, string>; signal: AbortSignal },
  ) => Promise<PostAnswer>
  readonly beacon: Beacon
  readonly clock: Clock
  readonly page: Page
  /** Says whether what was recorded may be sent, and be on disk. */
  readonly consent: Pick<ConsentState, 'isGranted' | 'isDeclined'>
  /** The user declined on another open page of this origin. */
  readonly onDeclined: () => void
  readonly hub: Pick<Hub, 'on' | 'emit'>
  readonly onStorageFault: (fault: unknown) => void
  readonly log: Log
}

/** All that the parts of delivery share: what delivery is given, and the parts that hold its state. */
export interface Tools extends Omit<DeliveryParts, 'channels' | 'notes'> {
  /** The channels by their kinds. */
  readonly channels: ReadonlyMap<string, Channel>
  /** The store; undefined where nothing may be stored. */
  readonly store: OutboxStore | undefined
  /** The notes; undefined where none may be written, or nobody would find one. */
  readonly notes: HideNotes | undefined
  readonly outbox: Outbox
  readonly dedupe: Dedupe
  readonly endpoints: Endpoints
  readonly life: Life
  /** The stops of everything that goes on until all was handed over. */
  readonly stops: Stops
  /** Tells listeners what became of items. They are foreign code, so this is called when everything else is done. */
  readonly tell: (news: Omit<News, 'count'>) => void
}
