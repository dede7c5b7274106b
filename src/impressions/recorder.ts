import { HOUR_MS } from '../shared/hour'
import { stringify } from '../shared/json'
import { SDK_VERSION } from '../shared/version'
import type { Attributes, Evaluation } from '../evaluation/types'
import type { ConsentState } from '../shared/consent'
import type { Sink } from '../shared/types'
import type { Counter } from './counter'
import type { ImpressionListeners } from './listeners'
import type { Observer } from './observer'
import type { Impression, ImpressionItem, ImpressionKey, ImpressionOptions, ImpressionsMode } from './types'
import type { UniqueKeys } from './uniqueKeys'

export interface Recorder {
  /** Records one decision. Synchronous; never throws. */
  record(evaluation: Evaluation, key: ImpressionKey, attributes?: Attributes, options?: ImpressionOptions): void
  /** Shows a decision to listeners only: nothing of it is sent or counted. */
  show(evaluation: Evaluation, key: ImpressionKey, attributes?: Attributes, options?: ImpressionOptions): void
}

interface RecorderParts {
  mode: ImpressionsMode
  /** `false`: no label leaves the page, and only listeners see them. */
  labelsEnabled: boolean
  now: () => number
  consent: Pick<ConsentState, 'isDeclined'>
  observer: Observer
  counter: Counter
  uniqueKeys: UniqueKeys
  sink: Pick<Sink, 'add'>
  /** While nobody listens, no impression object is made for a repetition. */
  listeners: Pick<ImpressionListeners, 'take'>
}

// The bytes that the wire format adds to the texts of an impression: braces, quotes, member names and two times, measured
// on typical ones.
const ITEM_BYTES = 90

export function createRecorder(parts: RecorderParts): Recorder {
  const { mode, labelsEnabled, now, consent, observer, counter, uniqueKeys, sink, listeners } = parts
  const isOptimized = mode === 'OPTIMIZED'

  return {
    record(evaluation, key, attributes, options) {
      if (consent.isDeclined) return
      const time = now()
      const { flag } = evaluation
      let disposition: Impression['disposition'] = 'queued'
      let previousTime: number | undefined

      if (
        mode === 'NONE' ||
        evaluation.impressionsDisabled ||
        // A call can switch off tracking of a flag that exists, not of a name that nobody defined.
        (options?.impressionsDisabled && evaluation.changeNumber !== undefined)
      ) {
        counter.increment(counter.cell(flag, time))
        uniqueKeys.add(key.matchingKey, flag)
        disposition = 'counted'
      } else if (!options?.properties) {
        // Impressions with properties differ, each from every other: they are neither deduplicated nor counted.
        const lastSeen = observer.lastSeen(key.matchingKey, evaluation)
        if (lastSeen.time >= 0) previousTime = lastSeen.time
        lastSeen.time = time
        if (isOptimized && previousTime) {
          let { cell } = lastSeen
          // The cell's own hour tells whether a new one began: two comparisons instead of a division.
          if (!cell || time < cell.hour || time >= cell.hour + HOUR_MS) lastSeen.cell = cell = counter.cell(flag, time)
          counter.increment(cell)
          // The repetition that opens an hour is counted and sent as well, as the service expects.
          if (previousTime >= cell.hour) disposition = 'deduplicated'
        }
      }

      if (disposition === 'queued') {
        const item = toItem(evaluation, labelsEnabled, key, time, previousTime, options)
        const { f, k, t, r = '', b = '', properties = '' } = item
        const names = f.length + k.length + t.length + r.length + b.length
        sink.add('impressions', item, ITEM_BYTES + names + properties.length)
      }
      listeners.take?.(toImpression(evaluation, key, time, previousTime, options, attributes, disposition), key)
    },
    show(evaluation, key, attributes, options) {
      if (consent.isDeclined) return
      listeners.take?.(toImpression(evaluation, key, now(), undefined, options, attributes, 'dropped'), key)
    },
  }
}

function toItem(
  { flag, treatment, label, changeNumber }: Evaluation,
  labelsEnabled: boolean,
  { matchingKey, bucketingKey }: ImpressionKey,
  time: number,
  previousTime: number | undefined,
  options: ImpressionOptions | undefined,
): ImpressionItem {
  const item: ImpressionItem = { f: flag, k: matchingKey, t: treatment, m: time }
  // Members are in the order of the service's own bodies; absent ones stay absent.
  if (changeNumber !== undefined) item.c = changeNumber
  if (labelsEnabled) item.r = label
  if (bucketingKey !== undefined) item.b = bucketingKey
  if (previousTime !== undefined) item.pt = previousTime
  if (options?.properties) item.properties = stringify(options.properties)
  return item
}

function toImpression(
  { flag, treatment, label, changeNumber, trafficType }: Evaluation,
  { matchingKey, bucketingKey }: ImpressionKey,
  time: number,
  previousTime: number | undefined,
  options: ImpressionOptions | undefined,
  attributes: Attributes | undefined,
  disposition: Impression['disposition'],
): Impression {
  return {
    flag,
    key: matchingKey,
    ...(bucketingKey !== undefined && { bucketingKey }),
    treatment,
    label,
    ...(changeNumber !== undefined && { changeNumber }),
    time,
    ...(previousTime !== undefined && { previousTime }),
    ...(trafficType !== undefined && { trafficType }),
    ...(options?.properties && { properties: options.properties }),
    ...(attributes && { attributes }),
    sdkVersion: SDK_VERSION,
    disposition,
  }
}
