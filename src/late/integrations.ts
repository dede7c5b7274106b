import type { Log } from '../shared/log'
import type { Impressions } from '../impressions/impressions'
import type { Heard, Impression } from '../impressions/types'
import type { Integration, IntegrationContext } from './types'

/**
 * Starts integrations and hands them the impressions. They are foreign code: the failure of one is logged once, and the
 * others go on.
 *
 * @param early the impressions of decisions that were made before
 * @returns a function that stops all of them
 */
export function startIntegrations(
  integrations: readonly Integration[],
  listeners: Pick<Impressions['listeners'], 'add'>,
  early: readonly Heard[],
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
    const hand = (impression: Impression) => void fails(() => integration.impression(impression))
    const hasStarted = !fails(() => integration.start(context))
    // An integration may decline for the user.
    if (hasStarted) for (const [impression] of early) if (context.consent() !== 'declined') hand({ ...impression })
    const leave = hasStarted && listeners.add(hand)
    return () => {
      if (leave) leave()
      fails(() => integration.stop())
    }
  })
  return () => stops.forEach((stop) => stop())
}
