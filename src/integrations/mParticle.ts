import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** The part that pennon calls of `@mparticle/web-sdk`, or of its snippet's global `mParticle`. */
export interface MParticle {
  /** Sends an event. */
  logEvent(name: string, type: number, attributes: ExposureProperties): unknown
}

/** `mParticle.EventType.Other`. */
const OTHER = 8

/**
 * Hands impressions to mParticle as custom events `Flag Exposure` of the type Other. At most 100 attributes, names cut at
 * 256 characters, texts at 4,096: beyond that mParticle would drop all attributes of the event.
 *
 * @throws TypeError when `instance` is no mParticle
 * @see https://docs.mparticle.com/developers/client-sdks/web/event-tracking/
 * @see https://docs.mparticle.com/guides/default-service-limits/
 * @example
 * createClient({ sdkKey, key, integrations: [mParticle({ instance })] })
 */
export function mParticle(options: ToolOptions<MParticle> = {}): Integration {
  return toTool(
    'mParticle',
    'mParticle',
    'logEvent',
    (tool, exposure) => {
      tool.logEvent('Flag Exposure', OTHER, propertiesOf(exposure, {}, 100, 256, 4096))
    },
    options,
  )
}
