import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** The part that pennon calls of `@segment/analytics-next`, or of its snippet's global `analytics`. */
export interface Segment {
  /** Sends an event. */
  track(event: string, properties: ExposureProperties): unknown
}

/**
 * Hands impressions to Segment as `Experiment Viewed` events, the one event of its A/B testing spec. Ids and names are the
 * flag's name and the treatment. An event may have 32 KB, so that there are at most 25 properties, and texts are cut at 1,024
 * characters.
 *
 * @throws TypeError when `instance` is no Segment
 * @see https://www.twilio.com/docs/segment/connections/spec/ab-testing
 * @see https://www.twilio.com/docs/segment/connections/rate-limits
 * @example
 * createClient({ sdkKey, key, integrations: [segment({ instance })] })
 */
export function segment(options: ToolOptions<Segment> = {}): Integration {
  return toTool(
    'segment',
    'analytics',
    'track',
    (tool, exposure) => {
      const { flag, treatment } = exposure
      const named = {
        experiment_id: flag,
        experiment_name: flag,
        variation_id: treatment,
        variation_name: treatment,
      }
      tool.track('Experiment Viewed', propertiesOf(exposure, named, 25, 200, 1024))
    },
    options,
  )
}
