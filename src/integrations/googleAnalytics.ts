import { cut } from './shared/cut'
import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** Google's global function `gtag`. */
export type GoogleAnalytics = (command: 'event', name: string, parameters: ExposureProperties) => unknown

/** A flag's name is cut at so many characters in the identifier of a variant, because the treatment needs room after it. */
const FLAG_CHARACTERS = 60

/**
 * Hands impressions to Google Analytics 4 as `experience_impression` events, its event for experiments of other tools, with
 * `exp_variant_string` (`pennon-<flag>-<treatment>`) for audiences. At most 25 parameters,
 * names of 40 characters (letters, digits, underscores; others become underscores), texts cut at 100.
 *
 * @throws TypeError when `instance` is no function
 * @see https://developers.google.com/analytics/devguides/collection/ga4/integration
 * @see https://support.google.com/analytics/answer/9267744
 * @example
 * createClient({ sdkKey, key, integrations: [googleAnalytics()] })
 */
export function googleAnalytics(options: ToolOptions<GoogleAnalytics> = {}): Integration {
  return toTool(
    'googleAnalytics',
    'gtag',
    'call',
    (gtag, exposure) => {
      const exp_variant_string = `pennon-${cut(exposure.flag, FLAG_CHARACTERS)}-${exposure.treatment}`
      gtag('event', 'experience_impression', propertiesOf(exposure, { exp_variant_string }, 25, 40, 100, /\W/g))
    },
    options,
  )
}
