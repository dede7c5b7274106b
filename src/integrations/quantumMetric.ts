import { cut } from './shared/cut'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** Quantum Metric's global `QuantumMetricAPI`. */
export interface QuantumMetric {
  /** Sends an event. */
  sendEvent(id: number, conversion: 0, value: string): unknown
}

/** Options of `quantumMetric`. */
export interface QuantumMetricOptions extends ToolOptions<QuantumMetric> {
  /** Numeric id of the event that Quantum Metric set up for flags. */
  eventId: number
}

/**
 * Hands impressions to Quantum Metric as events of the id given, with the value `<flag> - <treatment>`, as FME's own
 * integration does; cut at 256 characters. Such an event has no room for label or key.
 *
 * @throws TypeError when `eventId` is no whole number, or `instance` no Quantum Metric
 * @see https://developer.harness.io/docs/feature-management-experimentation/integrations/quantummetric
 * @example
 * createClient({ sdkKey, key, integrations: [quantumMetric({ eventId: 2 })] })
 */
export function quantumMetric(options: QuantumMetricOptions): Integration {
  const { eventId } = options
  if (!Number.isInteger(eventId)) throw new TypeError('pennon quantumMetric: eventId must be a whole number')
  return toTool(
    'quantumMetric',
    'QuantumMetricAPI',
    'sendEvent',
    (tool, { flag, treatment }) => {
      tool.sendEvent(eventId, 0, cut(`${flag} - ${treatment}`, 256))
    },
    options,
  )
}
