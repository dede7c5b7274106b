import type { Impression } from '../impressions/types'
import type { SplitIO } from './types'

/** An impression in the form in which the official SDK gives it to listeners and integrations. */
export function toImpressionData(impression: Impression): SplitIO.ImpressionData {
  const { properties } = impression
  return {
    impression: {
      feature: impression.flag,
      keyName: impression.key,
      treatment: impression.treatment,
      time: impression.time,
      bucketingKey: impression.bucketingKey,
      label: impression.label,
      changeNumber: impression.changeNumber,
      // oxlint-disable-next-line eslint/no-restricted-properties -- properties hold no lists and no objects: this is shorter
      properties: properties && JSON.stringify(properties, asItIs),
      pt: impression.previousTime,
    },
    attributes: impression.attributes,
    ip: false,
    hostname: false,
    sdkLanguageVersion: impression.sdkVersion,
  } as SplitIO.ImpressionData
}

/** Puts back the value itself: old libraries give every object a `toJSON`, which would change what is written. */
function asItIs(this: Record<string, unknown>, name: string): unknown {
  return this[name]
}
