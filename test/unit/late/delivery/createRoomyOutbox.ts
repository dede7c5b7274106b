import { createOutbox, type Outbox } from '../../../../src/late/delivery/outbox'
import type { Clock } from '../../../../src/browser/clock'
import type { Channel } from '../../../../src/late/delivery/types'

/** An outbox that has room for everything. */
export function createRoomyOutbox(channels: ReadonlyMap<string, Channel>, clock: Clock, mode = 'OPTIMIZED'): Outbox {
  const limits = { maxBytes: 1e9, maxItems: 1e9, maxAgeMs: 1e9 }
  return createOutbox({ channels, clock, mode, limits, onDropped: () => undefined })
}
