import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** A logger of `@opentelemetry/api-logs`: `logs.getLogger('pennon')`. */
export interface OpenTelemetryLogger {
  /** Takes a record. */
  emit(record: {
    eventName: string
    /** The time of the decision, epoch ms. */
    timestamp: number
    attributes: Record<string, string>
  }): unknown
}

/** Options of `openTelemetry`. The logger has to be given, because it has no usual place on the page. */
export interface OpenTelemetryOptions extends ToolOptions<OpenTelemetryLogger> {
  /** The logger. */
  instance: OpenTelemetryLogger
}

/**
 * Hands impressions to OpenTelemetry, as one event `feature_flag.evaluation` of its semantic conventions each, with the flag,
 * the treatment as its variant, the definition's version, and the label as `pennon.label`; with `includeKey`, the key as
 * `feature_flag.context.id`.
 *
 * @throws TypeError when `instance` is no logger
 * @see https://opentelemetry.io/docs/specs/semconv/feature-flags/feature-flags-events/
 * @example
 * createClient({ sdkKey, key, integrations: [openTelemetry({ instance: logs.getLogger('pennon') })] })
 */
export function openTelemetry(options: OpenTelemetryOptions): Integration {
  return toTool(
    'openTelemetry',
    'logger',
    'emit',
    (logger, { flag, treatment, label, changeNumber, key, time }) => {
      const attributes: Record<string, string> = {
        'feature_flag.key': flag,
        'feature_flag.provider.name': 'pennon',
        'feature_flag.result.variant': treatment,
      }
      if (changeNumber !== undefined) attributes['feature_flag.version'] = `${changeNumber}`
      if (label !== undefined) attributes['pennon.label'] = label
      if (key !== undefined) attributes['feature_flag.context.id'] = key
      logger.emit({ eventName: 'feature_flag.evaluation', timestamp: time, attributes })
    },
    options,
  )
}
