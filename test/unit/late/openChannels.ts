import { createCounter } from '../../../src/impressions/counter'
import { packing } from '../../../src/impressions/packing'
import { createUniqueKeys } from '../../../src/impressions/uniqueKeys'
import { createChannels } from '../../../src/late/channels'
import type { ImpressionItem, ImpressionsMode } from '../../../src/impressions/types'

export const HOUR = 3_600_000

/** An impression that was recorded in the hour which begins at `HOUR`, with these members in place of its own. */
export const item = (over: Partial<ImpressionItem> = {}): ImpressionItem => ({
  f: 'f',
  k: 'u',
  t: 'on',
  m: HOUR + 5,
  c: 7,
  r: 'l',
  ...over,
})

export interface ChannelOptions {
  mode?: ImpressionsMode
  labelsEnabled?: boolean
}

/** The four channels, each with an address and a pace of its own, and what counts beside them. */
export function openChannels({ mode = 'OPTIMIZED', labelsEnabled = true }: ChannelOptions = {}) {
  const counter = createCounter(() => undefined)
  const uniqueKeys = createUniqueKeys(() => undefined)
  const endpoint = (name: string) => ({ url: `/${name}`, beaconUrl: `/${name}/beacon` })
  const channels = createChannels({
    endpoints: {
      impressions: endpoint('bulk'),
      counts: endpoint('count'),
      uniqueKeys: endpoint('keys'),
      events: endpoint('events'),
    },
    packing,
    settings: {
      impressionsMode: mode,
      labelsEnabled,
      impressionsFlushMs: 1,
      countsFlushMs: 2,
      uniqueKeysFlushMs: 3,
      eventsFlushMs: 4,
    },
    counter,
    uniqueKeys,
  })
  const [impressions, counts, keys, events] = channels
  return { counter, uniqueKeys, channels, impressions, counts, keys, events }
}
