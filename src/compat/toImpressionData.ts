import { stringify } from '../shared/json'
import type { Impression } from '../impressions/types'
import type { SplitIO } from './types'

/** An impression as the official SDK tells listeners and integrations of it. */
export function toImpressionData(impression: Impression): SplitIO.ImpressionData {
  const { flag, key, treatment, time, bucketingKey, label, changeNumber, previousTime, properties } = impression
  return {
    impression: {
      feature: flag,
      keyName: key,
      treatment,
      time,
      bucketingKey,
      label,
      changeNumber,
      properties: properties && stringify(properties),
      pt: previousTime,
    },
    attributes: impression.attributes,
    ip: false,
    hostname: false,
    sdkLanguageVersion: impression.sdkVersion,
  } as SplitIO.ImpressionData
}
