import { stringify } from '../shared/json'
import { dataOf } from './rules'
import type { CompiledMatcher, MatcherOperands } from './types'

// Generated summaries are labels, which travel with each impression, so that a list of thousands must not. Labels that people
// write are shorter than this many UTF-16 units.
const MAX_LENGTH = 250
// The most items of a list, and UTF-16 units of a value, that a summary shows.
const MAX_ITEMS = 5
const MAX_TEXT = 50

/** The conditions of a rule as a text, `user.age >= 21 and not in segment employees`: the label of a rule that has none. */
export function summarise(matchers: readonly CompiledMatcher[]): string {
  return cut(matchers.map(summariseMatcher).join(' and '), MAX_LENGTH)
}

/** One matcher as a text. A matcher that looks at the key has no subject in its sentence. */
export function summariseMatcher({ type, definition, attribute, negate }: CompiledMatcher): string {
  const trafficType = definition.keySelector?.trafficType || 'user'
  const subject = attribute ? `${quote(trafficType)}.${quote(attribute)} ` : ''
  return subject + (negate ? 'not ' : '') + type.words + operands(dataOf(type, definition))
}

/** A value as a summary shows it: a list as `["a","b"]`, anything else as text; both cut when long. */
export function quote(value: unknown): string {
  if (!Array.isArray(value)) return cut(value)
  const rest = value.length - MAX_ITEMS
  return stringify(value.slice(0, MAX_ITEMS).map((item) => cut(item))) + (rest > 0 ? ` and ${rest} more` : '')
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

/** The text of a value, cut when long. */
function cut(value: unknown, length = MAX_TEXT): string {
  let text: string = typeof value
  try {
    text = value instanceof Date ? value.toISOString() : String(value)
  } catch {
    // A definition may hold what has no text, and dates that are none: their type is shown.
  }
  return text.length > length ? text.slice(0, length) + '…' : text
}
