import type { Impression } from '../../../src/impressions/types'

/** An impression of a flag, as integrations are handed it. */
export const impressionOf = (flag: string): Impression => ({
  flag,
  key: 'user-1',
  treatment: 'on',
  label: 'a rule',
  time: 1,
  sdkVersion: 'pennon-1',
  disposition: 'queued',
})
