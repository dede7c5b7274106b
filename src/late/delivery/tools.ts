import type { Clock } from '../../browser/clock'
import type { Page } from '../../browser/page'
import type { ConsentState } from '../../shared/consent'
import type { Log } from '../../shared/log'
import type { Hub } from '../../shared/hub'
import type { Dedupe } from './dedupe'
import type { Endpoints } from './endpoints'
import type { Life } from './life'
import type { Outbox } from './outbox'
import type { Channel } from './types'

/** What every part of delivery works with. */
export interface Tools {
  /** By kind of data; integrations add theirs. */
  readonly channels: ReadonlyMap<string, Channel>
  readonly outbox: Outbox
  readonly dedupe: Dedupe
  readonly endpoints: Endpoints
  readonly life: Life
  readonly clock: Clock
  readonly page: Page
  /** Says whether what was recorded may be sent, and be on disk. */
  readonly consent: Pick<ConsentState, 'isGranted' | 'isDeclined'>
  readonly hub: Pick<Hub, 'emit'>
  readonly log: Log
}
