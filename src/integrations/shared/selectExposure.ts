import type { Impression } from '../../impressions/types'
import type { Exposure, IntegrationOptions } from './types'

/** The exposure that is handed on of an impression; undefined when none is. @throws what the site's own functions throw */
export function selectExposure(
  impression: Impression,
  labelsEnabled: boolean,
  { filter, events, mapImpression, includeKey }: IntegrationOptions,
): Exposure | undefined {
  const { disposition } = impression
  const isWanted = disposition === 'queued' || (events === 'all' && disposition !== 'dropped')
  if (!isWanted || (filter && !filter(impression))) return
  const exposure: Exposure & Partial<Impression> = { ...impression }
  delete exposure.attributes
  if (!labelsEnabled) delete exposure.label
  if (!includeKey) {
    delete exposure.key
    delete exposure.bucketingKey
  }
  return mapImpression ? mapImpression(exposure) : exposure
}
