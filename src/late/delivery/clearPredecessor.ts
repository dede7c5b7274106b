import type { Batch } from './batch'
import type { DeliveryParts } from './tools'

/** The outbox of 0.1.0, and its databases for page hide. */
const PREDECESSORS = /^pennon-outbox(-hide-\d)?$/

/**
 * Deletes what pages of pennon 0.1.0 left on this origin, after `keep` has stored its batches under a life. The code for that is loaded only
 * where there are databases of 0.1.0. Rejects when storage fails.
 */
export async function clearPredecessor(
  parts: Pick<DeliveryParts, 'scope' | 'locks' | 'openDatabase' | 'databaseNames' | 'deleteDatabase'>,
  keep: (life: string, batches: readonly Batch[]) => Promise<void>,
): Promise<void> {
  const { locks } = parts
  const names = ((await parts.databaseNames()) ?? []).filter((name) => PREDECESSORS.test(name!)) as string[]
  if (!locks || !names.length) return
  const { takeOverPredecessor } = await import('./predecessor')
  await takeOverPredecessor({ ...parts, locks, names, keep })
}
