// @ts-check

/**
 * @typedef {{ flag: string, treatment: string, label: string | undefined, config: string | null, changeNumber: number | undefined }} Decision
 */

/**
 * Asks the client for every flag, as an application would, and learns why.
 *
 * @param {any} client
 * @param {Record<string, unknown> | undefined} attributes
 * @returns {Promise<Decision[]>} in order of name
 */
export async function decideAll(client, attributes) {
  /** @type {Map<string, any>} */
  const impressions = new Map()
  const off = client.on('impression', (/** @type {any} */ impression) => impressions.set(impression.flag, impression))
  const names = [...client.flags.names()].sort((a, b) => a.localeCompare(b))
  const results = names.map((flag) => client.getTreatmentWithConfig(flag, attributes))
  // Listeners are called in a microtask; a task later all of them were.
  await new Promise((resolve) => setTimeout(resolve))
  off()
  return names.map((flag, index) => {
    const impression = impressions.get(flag)
    const why = client.explain?.(flag, attributes) ?? impression
    return { flag, ...results[index], label: why?.label, changeNumber: why?.changeNumber ?? impression?.changeNumber }
  })
}
