import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** `datadogRum` of `@datadog/browser-rum`, or its script's global `DD_RUM`. */
export interface DatadogRum {
  /** Declares a flag in use on this view, or its new value. */
  addFeatureFlagEvaluation(key: string, value: string): unknown
}

/** The characters that Datadog does not allow in the name of a flag. */
const UNNAMABLE = /[-.:+=&|<>!(){}[\]^"“”~*?\\]/g

/**
 * Hands impressions to Datadog RUM as feature flags: the events of the view carry the treatment. Characters that Datadog does not
 * allow in a name become underscores. A Datadog flag has no room for label or key.
 *
 * @throws TypeError when `instance` is no Datadog RUM
 * @see https://docs.datadoghq.com/real_user_monitoring/guide/setup-feature-flag-data-collection/
 * @example
 * createClient({ sdkKey, key, integrations: [datadogRum({ instance: rum })] })
 */
export function datadogRum(options: ToolOptions<DatadogRum> = {}): Integration {
  return toTool(
    'datadogRum',
    'DD_RUM',
    'addFeatureFlagEvaluation',
    (rum, { flag, treatment }) => void rum.addFeatureFlagEvaluation(flag.replace(UNNAMABLE, '_'), treatment),
    options,
  )
}
