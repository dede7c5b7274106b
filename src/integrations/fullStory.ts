import { now } from '../browser/clock'
import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** `FullStory` of `@fullstory/browser`, or its snippet's global `FS` (version 2 of its API). */
export type FullStory = (operation: 'trackEvent', options: { name: string; properties: ExposureProperties }) => unknown

/**
 * FullStory allows 40 events a second and 60 a minute, the site's own included. pennon takes half of that: 20 at once, then one every 2 s.
 */
const PACE_MS = 2000
const BURST_MS = 19 * PACE_MS

/**
 * Hands impressions to FullStory as events named `Flag Exposure`, to find sessions by flag and treatment. After the first 20
 * there are at most 30 a minute, and the others wait. Property names have at most 512 characters, and any but letters, digits
 * and underscores become underscores; texts are cut at 1,024 characters.
 *
 * @throws TypeError when `instance` is no function
 * @see https://developer.fullstory.com/browser/capture-events/analytics-events/
 * @see https://help.fullstory.com/hc/en-us/articles/360020623234-Client-API-Requirements
 * @example
 * createClient({ sdkKey, key, integrations: [fullStory({ instance: FullStory })] })
 */
export function fullStory(options: ToolOptions<FullStory> = {}): Integration {
  /** The time when all that was sent so far would have been sent at the allowed pace, epoch ms. */
  let due = 0
  return toTool(
    'fullStory',
    'FS',
    'call',
    (fs, exposure) => {
      const time = now()
      if (due > time + BURST_MS) return true
      due = Math.max(due, time) + PACE_MS
      const properties = propertiesOf(exposure, {}, 100, 512, 1024, /\W/g)
      fs('trackEvent', { name: 'Flag Exposure', properties })
    },
    options,
  )
}
