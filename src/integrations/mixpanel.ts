import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** The part that pennon calls of `mixpanel-browser`, or of its snippet's global `mixpanel`. */
export interface Mixpanel {
  /** Sends an event. */
  track(event: string, properties: ExposureProperties): unknown
}

/**
 * Hands impressions to Mixpanel as `$experiment_started` events with `Experiment name` and `Variant name`, which its
 * experiments report finds by itself. At most 255 properties, names and texts cut at 255 characters.
 *
 * @throws TypeError when `instance` is no Mixpanel
 * @see https://docs.mixpanel.com/docs/reports/experiments
 * @see https://docs.mixpanel.com/docs/data-structure/events-and-properties
 * @example
 * createClient({ sdkKey, key, integrations: [mixpanel({ instance })] })
 */
export function mixpanel(options: ToolOptions<Mixpanel> = {}): Integration {
  return toTool(
    'mixpanel',
    'mixpanel',
    'track',
    (tool, exposure) => {
      const named = { 'Experiment name': exposure.flag, 'Variant name': exposure.treatment }
      tool.track('$experiment_started', propertiesOf(exposure, named, 255, 255, 255))
    },
    options,
  )
}
