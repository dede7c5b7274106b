import type { Clock } from '../../browser/clock'
import type { Page } from '../../browser/page'
import type { Log } from '../../shared/log'
import type { Delivery } from '../../shared/types'
import type { Dedupe } from './dedupe'
import type { Endpoints } from './endpoints'
import type { Life } from './life'
import type { Outbox } from './outbox'
import type { Channel } from './types'

/** What every part of delivery works with. */
export interface Tools {
  /** The kinds of data; integrations add theirs. */
  readonly channels: readonly Channel[]
  readonly channelOf: (kind: string) => Channel | undefined
  readonly outbox: Outbox
  readonly dedupe: Dedupe
  readonly endpoints: Endpoints
  readonly life: Life
  readonly clock: Clock
  readonly page: Page
  /** Whether what was recorded may be sent, and be on disk. */
  readonly maySend: () => boolean
  readonly onDelivery: (delivery: Delivery) => void
  readonly log: Log
}
