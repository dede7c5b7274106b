import { bulkBody } from '../../impressions/bulkBody'
import { mergeCounts, type Counter } from '../../impressions/counter'
import { mergeUniqueKeys, type UniqueKeys } from '../../impressions/uniqueKeys'
import { stringify } from '../../shared/json'
import type { Channel } from './types'
import type { CountItem, ImpressionItem, ImpressionsMode, UniqueKeyItem } from '../../impressions/types'

interface ChannelParts {
  urls: { impressions: Endpoint; counts: Endpoint; uniqueKeys: Endpoint }
  flushMs: { impressions: number; counts: number; uniqueKeys: number }
  mode: ImpressionsMode
  labelsEnabled: boolean
  counter: Counter
  uniqueKeys: UniqueKeys
}

interface Endpoint {
  url: string
  beaconUrl: string
}

/** How impressions, their counts and the unique keys travel: what the outbox has to know of each. */
export function createImpressionChannels(
  parts: ChannelParts,
): [Channel<ImpressionItem>, Channel<CountItem>, Channel<UniqueKeyItem>] {
  const { urls, flushMs, mode, labelsEnabled, counter, uniqueKeys } = parts
  return [
    {
      kind: 'impressions',
      ...urls.impressions,
      flushMs: flushMs.impressions,
      headers: (recordedMode) => ({ SplitSDKImpressionsMode: recordedMode }),
      beaconExtra: (recordedMode) => ({ sim: recordedMode }),
      body: bulkBody,
      ...(!labelsEnabled && { strip: ({ r: _label, ...item }) => item }),
      ...(mode === 'OPTIMIZED' && {
        identity: ({ f, k, t, r, c, m, properties }) =>
          properties === undefined ? { id: stringify([f, k, t, r, c]), time: m } : undefined,
        // One that opened an hour on this page was counted there already.
        repeated: ({ f, m, pt }) => {
          if (pt === undefined) counter.increment(counter.cell(f, m))
        },
      }),
    },
    {
      kind: 'counts',
      ...urls.counts,
      flushMs: flushMs.counts,
      body: (items) => ({ pf: mergeCounts(items) }),
      drain: counter.drain,
      merge: mergeCounts,
    },
    {
      kind: 'uniqueKeys',
      ...urls.uniqueKeys,
      flushMs: flushMs.uniqueKeys,
      body: (items) => ({ keys: mergeUniqueKeys(items) }),
      drain: uniqueKeys.drain,
      merge: mergeUniqueKeys,
    },
  ]
}
