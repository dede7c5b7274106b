import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** `@sentry/browser` or another of Sentry's packages for the browser, or its script's global `Sentry`. */
export interface Sentry {
  /** The client that `Sentry.init` made. */
  getClient(): { getIntegrationByName(name: string): unknown } | undefined
}

/** The object that `Sentry.featureFlagsIntegration()` returns. */
interface FeatureFlags {
  addFeatureFlag(name: string, value: boolean): void
}

/** The treatments that become a boolean, because Sentry takes nothing else. The first two are false, the others true. */
const BOOLEANS = ['false', 'off', 'on', 'true']

/**
 * Hands impressions to Sentry as feature flags, so that each later error says which treatments were in use. A flag is true for
 * the treatments `on` and `true`, false for `off` and `false`; for any other, a flag named `<flag>: <treatment>` is true.
 * `Sentry.init` needs `featureFlagsIntegration()`; impressions wait for it. Sentry keeps the last 100 flags. Neither label nor
 * key is sent.
 *
 * @throws TypeError when `instance` is no Sentry
 * @see https://docs.sentry.io/platforms/javascript/configuration/integrations/featureflags/
 * @example
 * Sentry.init({ dsn, integrations: [Sentry.featureFlagsIntegration()] })
 * createClient({ sdkKey, key, integrations: [sentry({ instance: Sentry })] })
 */
export function sentry(options: ToolOptions<Sentry> = {}): Integration {
  return toTool(
    'sentry',
    'Sentry',
    'getClient',
    (tool, { flag, treatment }) => {
      const flags = tool.getClient()?.getIntegrationByName('FeatureFlags') as FeatureFlags | undefined
      if (!flags) return true
      const place = BOOLEANS.indexOf(treatment)
      flags.addFeatureFlag(place < 0 ? `${flag}: ${treatment}` : flag, place < 0 || place > 1)
    },
    options,
  )
}
