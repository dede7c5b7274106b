import { StartError } from './StartError'

/** How a text is compared. `contains` does not mind the case of the letters A to Z, as the database does not. */
export type Comparison = 'is' | 'contains' | 'not'

export interface TextCriterion {
  how: Comparison
  text: string
}

/**
 * Which impressions and events are asked for. Times are epoch ms of the decision or the event: `from` is included, `to` is not. A
 * missing field means any.
 */
export interface Criteria {
  environment?: string
  flag?: TextCriterion
  key?: TextCriterion
  treatment?: TextCriterion
  label?: TextCriterion
  sdk?: TextCriterion
  from?: number
  to?: number
}

/** The text of pages for a label or an SDK that did not come along. Criteria use the same text. */
export const notAvailable = 'not available'

export const textCriteria = ['flag', 'key', 'treatment', 'label', 'sdk'] as const
const times = ['from', 'to'] as const
const comparisons: readonly string[] = ['is', 'contains', 'not'] satisfies Comparison[]

/** Names of all criteria, as they stand in a query and among options. */
export const criteriaNames = ['environment', ...textCriteria.flatMap((name) => [name, `${name}-how`]), ...times]

/**
 * Reads criteria from a query or from options. An empty field is no criterion. Throws a `StartError` that names the field.
 */
export function parseCriteria(get: (name: string) => string | null | undefined): Criteria {
  const criteria: Criteria = {}
  const environment = get('environment')
  if (environment) criteria.environment = environment
  for (const name of textCriteria) {
    const text = get(name)
    const how = get(`${name}-how`) || 'is'
    if (!comparisons.includes(how)) throw new StartError(`${name}-how ${how}: expected is, contains or not`)
    if (text) criteria[name] = { how: how as Comparison, text }
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
