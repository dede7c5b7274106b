import type { Impressions } from '../impressions/impressions'
import type { Heard, Impression } from '../impressions/types'
import type { Hub } from '../shared/hub'
import type { Log } from '../shared/log'

interface FollowParts {
  hub: Hub
  listeners: Pick<Impressions['listeners'], 'add'>
  /** The impressions of decisions that were made before. */
  early: readonly Heard[]
  log: Pick<Log, 'debug'>
}

/**
 * Logs what `logLevel: 'debug'` shows: each decision, each answer of the service, and each batch that leaves.
 *
 * @returns a function that ends it
 */
export function followSession({ hub, listeners, early, log }: FollowParts): () => void {
  const sayDecision = ({ flag, key, treatment, label, disposition }: Impression) =>
    log.debug(`${flag} is ${treatment} for ${key}: ${label} (impression ${disposition})`)
  for (const [impression] of early) sayDecision(impression)
  const stops = [
    listeners.add(sayDecision),
    hub.on('definitions', ({ source, change }) => {
      log.debug(
        change
          ? `definitions from ${source}: ${change.type} changed${change.names.length ? `, ${change.names.length} flags` : ''}`
          : `definitions from ${source}: unchanged`,
      )
    }),
    hub.on('memberships', ({ matchingKey, isChanged }) => {
      log.debug(`memberships of ${matchingKey}: ${isChanged ? 'changed' : 'unchanged'}`)
    }),
    hub.on('delivery', ({ kind, count, transport, outcome, reason, status }) => {
      log.debug(`${count} ${kind} by ${transport} (${reason}): ${outcome}${status ? `, status ${status}` : ''}`)
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
