import type { Operator, Value } from './operators'

/** A condition in the words of its rule's label. Labels of saved rules and those shown while typing are made here. */
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
