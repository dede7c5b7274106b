import type { Log } from '../shared/log'
import type { ImpressionFeed } from '../impressions/listeners'
import type { Integration, IntegrationContext } from './types'

/**
 * Starts integrations and hands them the impressions. They are foreign code: one that fails says so once and costs the
 * others nothing.
 *
 * @returns their end
 */
export function startIntegrations(
  integrations: readonly Integration[],
  feed: ImpressionFeed,
  context: IntegrationContext & { log: Log },
): () => void {
  const stops = integrations.map((integration) => {
    const { name } = integration
    /** @returns whether it threw */
    const fails = (act: () => void) => {
      try {
        act()
      } catch (fault) {
        context.log.once('error', `integration ${name}`, `${name}: the integration threw: ${String(fault)}`)
        return true
      }
    }
    const leave =
      !fails(() => integration.start(context)) &&
      feed.add((impression) => void fails(() => integration.impression(impression)))
    return () => {
      if (leave) leave()
      fails(() => integration.stop())
    }
  })
  return () => stops.forEach((stop) => stop())
}
