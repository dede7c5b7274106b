import type { EventItem } from '../events/types'
import type { Impressions } from '../impressions/impressions'
import type { CountItem, ImpressionItem, ImpressionsMode, UniqueKeyItem } from '../impressions/types'
import type { Endpoints } from '../shared/endpoints'
import type { Channel } from './delivery/types'

interface ChannelParts extends Pick<Impressions, 'counter' | 'uniqueKeys'> {
  packing: Pick<Impressions['packing'], 'formats' | 'withoutLabel'>
  urls: Pick<Endpoints, 'impressions' | 'counts' | 'uniqueKeys' | 'events'>
  flushMs: Record<'impressions' | 'counts' | 'uniqueKeys' | 'events', number>
  mode: ImpressionsMode
  labelsEnabled: boolean
}

/** @returns how impressions, counts, unique keys and events travel */
export function createChannels(
  parts: ChannelParts,
): [Channel<ImpressionItem>, Channel<CountItem>, Channel<UniqueKeyItem>, Channel<EventItem>] {
  const { urls, flushMs, mode, labelsEnabled, counter, uniqueKeys } = parts
  const { formats, withoutLabel } = parts.packing
  return [
    {
      kind: 'impressions',
      ...urls.impressions,
      ...formats.impressions,
      flushMs: flushMs.impressions,
      headers: (recordedMode) => ({ SplitSDKImpressionsMode: recordedMode }),
      ...(!labelsEnabled && { strip: withoutLabel }),
      ...(mode === 'OPTIMIZED' && {
        identity: labelsEnabled ? ['f', 'k', 't', 'r', 'c'] : ['f', 'k', 't', 'c'],
        // An impression with a previous time opened an hour on its page, which counted it when it was recorded.
        repeated: ({ f, m, pt }) => {
          if (pt === undefined) counter.increment(counter.cell(f, m))
        },
      }),
    },
    {
      kind: 'counts',
      ...urls.counts,
      ...formats.counts,
      flushMs: flushMs.counts,
      drain: counter.takeCounts,
    },
    {
      kind: 'uniqueKeys',
      ...urls.uniqueKeys,
      ...formats.uniqueKeys,
      flushMs: flushMs.uniqueKeys,
      drain: uniqueKeys.takeKeys,
    },
    { kind: 'events', ...urls.events, ...formats.events, flushMs: flushMs.events },
  ]
}
