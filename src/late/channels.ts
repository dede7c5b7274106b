import type { EventItem } from '../events/types'
import type { Impressions } from '../impressions/impressions'
import type { CountItem, ImpressionItem, UniqueKeyItem } from '../impressions/types'
import type { Endpoints } from '../shared/endpoints'
import type { Channel } from './delivery/types'
import type { LateSettings } from './types'

interface ChannelParts extends Pick<Impressions, 'counter' | 'uniqueKeys'> {
  settings: Pick<
    LateSettings,
    'impressionsMode' | 'labelsEnabled' | 'impressionsFlushMs' | 'countsFlushMs' | 'uniqueKeysFlushMs' | 'eventsFlushMs'
  >
  endpoints: Pick<Endpoints, 'impressions' | 'counts' | 'uniqueKeys' | 'events'>
  packing: Pick<Impressions['packing'], 'formats' | 'withoutLabel'>
}

/** @returns how impressions, counts, unique keys and events travel */
export function createChannels(
  parts: ChannelParts,
): [Channel<ImpressionItem>, Channel<CountItem>, Channel<UniqueKeyItem>, Channel<EventItem>] {
  const { settings, endpoints, counter, uniqueKeys } = parts
  const { labelsEnabled } = settings
  const { formats, withoutLabel } = parts.packing
  return [
    {
      kind: 'impressions',
      ...endpoints.impressions,
      ...formats.impressions,
      flushMs: settings.impressionsFlushMs,
      headers: (recordedMode) => ({ SplitSDKImpressionsMode: recordedMode }),
      ...(!labelsEnabled && { strip: withoutLabel }),
      ...(settings.impressionsMode === 'OPTIMIZED' && {
        identity: labelsEnabled ? ['f', 'k', 't', 'r', 'c'] : ['f', 'k', 't', 'c'],
        // An impression with a previous time opened an hour on its page, which counted it when it was recorded.
        repeated: ({ f, m, pt }) => {
          if (pt === undefined) counter.increment(counter.cell(f, m))
        },
      }),
    },
    {
      kind: 'counts',
      ...endpoints.counts,
      ...formats.counts,
      flushMs: settings.countsFlushMs,
      drain: counter.takeCounts,
    },
    {
      kind: 'uniqueKeys',
      ...endpoints.uniqueKeys,
      ...formats.uniqueKeys,
      flushMs: settings.uniqueKeysFlushMs,
      drain: uniqueKeys.takeKeys,
    },
    { kind: 'events', ...endpoints.events, ...formats.events, flushMs: settings.eventsFlushMs },
  ]
}
