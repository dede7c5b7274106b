import { dataOf } from './matcher'
import { cut, quote } from './quote'
import type { MatcherOperands } from './definition'
import type { CompiledMatcher } from './matcher'

// The summary is a label, and travels with each impression. Labels that people write are shorter.
const MAX_LENGTH = 250

/** What a rule asks for, as in `user.age >= 21 and not in segment employees`: the label of a rule that has none. */
export function summarise(matchers: readonly CompiledMatcher[]): string {
  return cut(matchers.map(summariseMatcher).join(' and '), MAX_LENGTH)
}

/** What one matcher asks for. One that looks at the key has no subject. */
export function summariseMatcher({ type, definition, attribute, negate }: CompiledMatcher): string {
  const trafficType = definition.keySelector?.trafficType || 'user'
  const subject = attribute ? `${quote(trafficType)}.${quote(attribute)} ` : ''
  return subject + (negate ? 'not ' : '') + type.words + operands(dataOf(type, definition))
}

function operands(data: MatcherOperands | undefined): string {
  // Two kinds of matcher have a bare value, and a text has members of its own.
  const isBare = typeof data !== 'object'
  const { segmentName, largeSegmentName, whitelist, dataType, value, start, end, split, treatments } =
    (isBare ? undefined : data) ?? {}
  return [isBare ? data : (segmentName ?? largeSegmentName ?? whitelist ?? value ?? start ?? split), end ?? treatments]
    .filter((operand) => operand !== undefined)
    .map((operand) => ` ${quote(dataType === 'DATETIME' ? new Date(operand as number) : operand)}`)
    .join(treatments ? ' in' : ' and')
}
