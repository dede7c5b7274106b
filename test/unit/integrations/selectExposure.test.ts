import { describe, expect, it } from 'vitest'
import { selectExposure } from '../../../src/integrations/shared/selectExposure'
import type { Impression } from '../../../src/impressions/types'

const impression: Impression = {
  flag: 'checkout',
  key: 'user-1',
  bucketingKey: 'account-1',
  treatment: 'on',
  label: 'a rule',
  time: 1,
  attributes: { plan: 'pro' },
  sdkVersion: 'pennon-1',
  disposition: 'queued',
}

describe('selectExposure', () => {
  it('leaves keys and attributes at home, and the impression as it was', () => {
    const before = structuredClone(impression)
    expect(selectExposure(impression, true, {})).toEqual({
      flag: 'checkout',
      treatment: 'on',
      label: 'a rule',
      time: 1,
      sdkVersion: 'pennon-1',
      disposition: 'queued',
    })
    expect(impression).toEqual(before)
  })

  it('leaves the label at home where labels are off', () => {
    expect(selectExposure(impression, false, {})).not.toHaveProperty('label')
  })

  it('hands the keys on where that is asked for, and never the attributes', () => {
    const exposure = selectExposure(impression, true, { includeKey: true })
    expect(exposure).toMatchObject({ key: 'user-1', bucketingKey: 'account-1' })
    expect(exposure).not.toHaveProperty('attributes')
  })

  it.each([
    ['queued', true, true],
    ['deduplicated', false, true],
    ['counted', false, true],
    ['dropped', false, false],
  ] as const)('%s: among the first %s, among all %s', (disposition, first, all) => {
    const given = { ...impression, disposition }
    expect(selectExposure(given, true, {}) !== undefined).toBe(first)
    expect(selectExposure(given, true, { events: 'all' }) !== undefined).toBe(all)
  })

  it('asks the filter with everything, and maps what is left', () => {
    const filter = ({ key }: Impression) => key === 'user-1'
    expect(
      selectExposure(impression, true, { filter, mapImpression: (it) => ({ ...it, flag: 'other' }) }),
    ).toMatchObject({
      flag: 'other',
    })
    expect(selectExposure({ ...impression, key: 'user-2' }, true, { filter })).toBeUndefined()
    expect(selectExposure(impression, true, { mapImpression: () => undefined })).toBeUndefined()
  })
})
