import type { Operator, Value } from './operators'

/** A condition as it reads in the label of its rule. Labels of saved rules and those shown while typing are made here. */
export function matcherWords(
  operator: Operator,
  { attribute, negate, values }: MatcherParts,
  trafficType: string,
): string {
  const subject = attribute ? `${trafficType}.${attribute} ` : ''
  return `${subject}${negate ? 'not ' : ''}${operator.words(values)}`
}

interface MatcherParts {
  attribute: string | null
  negate: boolean
  values: Value[]
}
