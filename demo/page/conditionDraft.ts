import type { MatcherForm } from '../server/flagForm'
import { matcherWords } from './matcherWords'
import { operators, type Takes, type Value } from './operators'

/** A condition of a rule, as its fields have it. */
export interface ConditionDraft {
  id: number
  operator: string
  attribute: string
  negate: boolean
  text: string
}

interface LabelledDraft {
  label: string
  conditions?: readonly ConditionDraft[]
}

let ids = 0

/** The next id. Ids tell drafts of rules and conditions apart, whatever their fields contain. */
export const nextId = () => ++ids

export const newCondition = (): ConditionDraft => ({
  id: nextId(),
  operator: 'list',
  attribute: '',
  negate: false,
  text: '',
})

export function conditionDraft({ operator, attribute, negate, values }: MatcherForm): ConditionDraft {
  const takes = operators[operator]?.takes
  const isDate = takes === 'date' || takes === 'dates'
  const texts = values.map((value) => (isDate ? new Date(Number(value)).toISOString() : String(value)))
  return { id: nextId(), operator, attribute: attribute ?? '', negate: negate === true, text: texts.join(', ') }
}

/** A condition as the server takes it. */
export function matcherOf({ operator, attribute, negate, text }: ConditionDraft): MatcherForm {
  const { takes = 'list', of = 'both' } = operators[operator] ?? {}
  return {
    operator,
    attribute: of === 'key' ? null : attribute.trim() || null,
    negate,
    values: valuesOf(takes, text),
  }
}

/** The label that a rule will get, as far as its fields are filled in; until then the one that it has. */
export function labelOf({ label, conditions }: LabelledDraft, trafficType: string): string {
  return (conditions && wordsOf(conditions.map(matcherOf), trafficType)) || label
}

/** The label of a rule with these conditions; empty while one of them is not filled in. */
export function wordsOf(matchers: readonly MatcherForm[], trafficType: string): string {
  const words = matchers.map(({ operator, attribute = null, negate = false, values }) => {
    const chosen = operators[operator]
    if (!chosen || values.length === 0) return ''
    try {
      return matcherWords(chosen, { attribute, negate, values }, trafficType)
    } catch {
      // A date that is only half typed throws here.
      return ''
    }
  })
  return words.every(Boolean) ? words.join(' and ') : ''
}

/** The values that were typed. The server checks them, so that a number which is none is sent as it is. */
function valuesOf(takes: Takes, text: string): Value[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (takes === 'text') return text.trim() ? [text.trim()] : []
  if (takes === 'number' || takes === 'range') {
    return parts.map((part) => (Number.isNaN(Number(part)) ? part : Number(part)))
  }
  if (takes === 'date' || takes === 'dates') return parts.map((part) => Date.parse(part) || part)
  if (takes === 'boolean') return parts.map((part) => (/^(true|false)$/.test(part) ? part === 'true' : part))
  return parts
}
