import type { Client } from '../../src/client/types/client'
import type { Attributes } from '../../src/evaluation/types'
import type { Explanation } from '../../src/late/explain/types'
import type { Impression } from '../../src/impressions/types'

/** The treatment of a flag for the key, and why. */
export interface Decision {
  flag: string
  treatment: string
  config: string | null
  label: string | undefined
  changeNumber: number | undefined
  explanation: Explanation | undefined
}

/**
 * Asks the client for every flag, as an application would, and learns why.
 *
 * @returns in order of name
 */
export async function decideAll(client: Client, attributes: Attributes | undefined): Promise<Decision[]> {
  const impressions = new Map<string, Impression>()
  const off = client.on('impression', (impression) => impressions.set(impression.flag, impression))
  const names = [...client.flags.names()].sort((a, b) => a.localeCompare(b))
  const results = names.map((flag) => ({ flag, ...client.getTreatmentWithConfig(flag, attributes) }))
  // Listeners are called in a microtask, so that a task later all of them were called.
  await new Promise((resolve) => setTimeout(resolve))
  off()
  return results.map(({ flag, treatment, config }) => {
    const explanation = client.explain(flag, attributes)
    const why = explanation ?? impressions.get(flag)
    return { flag, treatment, config, label: why?.label, changeNumber: why?.changeNumber, explanation }
  })
}
