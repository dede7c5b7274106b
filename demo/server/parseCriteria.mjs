// @ts-check
import { StartError } from './StartError.mjs'

/**
 * What impressions are asked for. Times are epoch ms of the decision: `from` is included, `to` is not. A missing field
 * means any; `label: ''` means those that came without one.
 *
 * @typedef {{ environment?: string, flag?: string, key?: string, treatment?: string, label?: string, from?: number, to?: number }} Criteria
 */

const texts = /** @type {const} */ (['environment', 'flag', 'key', 'treatment', 'label'])
const times = /** @type {const} */ (['from', 'to'])

/** Names of all criteria. */
export const criteriaNames = [...texts, ...times]

/**
 * Reads criteria from a query or from options. An empty field is no criterion, but for `label`, where `none` is the way to
 * ask for impressions whose label was kept home. Throws a `StartError` that names the field.
 *
 * @param {(name: string) => string | null | undefined} get
 * @returns {Criteria}
 */
export function parseCriteria(get) {
  /** @type {Criteria} */
  const criteria = {}
  for (const name of texts) {
    const text = get(name)
    if (text) criteria[name] = name === 'label' && text === 'none' ? '' : text
  }
  for (const name of times) {
    const text = get(name)
    if (!text) continue
    const time = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
    if (Number.isNaN(time)) throw new StartError(`${name} ${text}: expected a time, as 2026-11-21 or 2026-11-21T09:30`)
    criteria[name] = time
  }
  return criteria
}
