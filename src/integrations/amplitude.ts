import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** The part that pennon calls of `@amplitude/analytics-browser`, or of its script's global `amplitude`. */
export interface Amplitude {
  /** Sends an event. */
  track(event: string, properties: ExposureProperties, options: { time: number }): unknown
}

/**
 * Hands impressions to Amplitude as `$exposure` events with `flag_key` and `variant`, from which Amplitude itself sets the
 * user property `[Experiment] <flag>`. Texts are cut at 1,024 characters.
 *
 * @throws TypeError when `instance` is no Amplitude
 * @see https://amplitude.com/docs/feature-experiment/under-the-hood/event-tracking#exposure-events
 * @example
 * createClient({ sdkKey, key, integrations: [amplitude({ instance })] })
 */
export function amplitude(options: ToolOptions<Amplitude> = {}): Integration {
  return toTool(
    'amplitude',
    'amplitude',
    'track',
    (tool, exposure) => {
      const { flag, treatment, time } = exposure
      tool.track('$exposure', propertiesOf(exposure, { flag_key: flag, variant: treatment }, 1000, 1024, 1024), {
        time,
      })
    },
    options,
  )
}
