import { cut } from './quote'
import type { CompiledMatcher } from './matcher'

/** What a rule asks for, as in `user.age >= 21 and not in segment employees`: the label of a rule that has none. */
export function summarise(matchers: readonly CompiledMatcher[]): string {
  return matchers.map(summariseMatcher).join(' and ')
}

/** What one matcher asks for. One that looks at the key has no subject. */
export function summariseMatcher({ type, definition, attribute, negate }: CompiledMatcher): string {
  let words: string
  try {
    words = type.words(definition)
  } catch {
    // Broken data: it never matches, but a negated one always does, and needs its label.
    words = cut(definition.matcherType)
  }
  const trafficType = definition.keySelector?.trafficType
  const subject = attribute
    ? `${typeof trafficType === 'string' && trafficType ? cut(trafficType) : 'user'}.${cut(attribute)} `
    : ''
  return subject + (negate ? 'not ' : '') + words
}
