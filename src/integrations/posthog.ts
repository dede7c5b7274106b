import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** `posthog` of `posthog-js`, or its snippet's global `posthog`. */
export interface PostHog {
  /** Sends an event. */
  capture(event: string, properties: ExposureProperties): unknown
}

/**
 * Hands impressions to PostHog, as one event `$feature_flag_called` each, with `$feature_flag` and `$feature_flag_response`:
 * its experiments take that for an exposure. No limit is documented; names and texts are cut at 1,024 characters.
 *
 * @throws TypeError when `instance` is no PostHog
 * @see https://posthog.com/docs/experiments/running-experiments-without-feature-flags
 * @example
 * createClient({ sdkKey, key, integrations: [posthog({ instance })] })
 */
export function posthog(options: ToolOptions<PostHog> = {}): Integration {
  return toTool(
    'posthog',
    'posthog',
    'capture',
    (tool, exposure) => {
      const { flag, treatment } = exposure
      const named = { $feature_flag: flag, $feature_flag_response: treatment, ['$feature/' + flag]: treatment }
      tool.capture('$feature_flag_called', propertiesOf(exposure, named, 100, 1024, 1024))
    },
    options,
  )
}
