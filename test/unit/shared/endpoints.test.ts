import { describe, expect, it } from 'vitest'
import { createEndpoints } from '../../../src/shared/endpoints'
import { resolveSettings } from '../../../src/client/settings'
import type { Settings } from '../../../src/client/types/settings'

const beacons = (settings: Partial<Settings> = {}) => {
  const { impressions, counts, uniqueKeys, events } = createEndpoints(
    resolveSettings({ sdkKey: 'sdk', key: 'user', ...settings }),
  )
  return [impressions, counts, uniqueKeys, events].map(({ beaconUrl }) => beaconUrl)
}

describe('endpoints', () => {
  it('has the beacons where the service has them', () => {
    expect(beacons()).toEqual([
      'https://events.split.io/api/testImpressions/beacon',
      'https://events.split.io/api/testImpressions/count/beacon',
      'https://telemetry.split.io/api/v1/keys/cs/beacon',
      'https://events.split.io/api/events/beacon',
    ])
  })

  it('has them below paths of the site', () => {
    const paths = { impressions: 'i/bulk', events: 'e' }
    expect(beacons({ urls: { events: '/proxy' }, paths })).toEqual([
      '/proxy/i/bulk/beacon',
      '/proxy/testImpressions/count/beacon',
      'https://telemetry.split.io/api/v1/keys/cs/beacon',
      '/proxy/e/beacon',
    ])
  })
})
