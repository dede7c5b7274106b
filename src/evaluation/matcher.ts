import { FAULT } from './faults'
import { MATCHERS } from './matchers/table'
import { toText } from './toText'
import type { MatcherData, MatcherDefinition, MatcherOperands } from './definition'
import type { Walk } from './types'

/** The answer to a value that could be read. What it throws is false, as the official SDK has it. */
export type Test<Value> = (value: Value, walk: Walk) => boolean

/** One kind of matcher: what it looks at, what it compares that with, and how a summary says it. */
export interface MatcherType<Value> {
  /** The member of the definition that it compares with. */
  data?: MatcherData
  /** Without its data not this matcher but the whole flag is broken. */
  isDataNeeded?: boolean
  /** What it sees of an attribute or, without one, of the subject; undefined where it never matches. */
  read(value: unknown): Value | undefined
  /** Called once, at the first value. What it throws makes a matcher that is always false, before negation. */
  build(data: MatcherOperands): Test<Value>
  /** What stands before the data in a summary. */
  words: string
}

export interface CompiledMatcher {
  readonly type: MatcherType<unknown>
  readonly definition: MatcherDefinition
  readonly attribute: string | undefined
  readonly negate: boolean
  readonly isKeyText: boolean
  /** Made at the first value: much of a definition is never asked for. */
  test: Test<unknown> | undefined
}

/**
 * Undefined for a type that this version does not know.
 *
 * @throws when the definition is broken
 */
export function compileMatcher(definition: MatcherDefinition): CompiledMatcher | undefined {
  const type = MATCHERS.get(definition.matcherType)
  if (!type) return undefined
  if (type.isDataNeeded && (dataOf(type, definition) ?? FAULT) === FAULT) throw FAULT
  const attribute = (definition.keySelector?.attribute || undefined) as string | undefined
  return {
    type,
    definition,
    attribute,
    isKeyText: !attribute && type.read === toText,
    negate: !!definition.negate,
    test: undefined,
  }
}

/** What a matcher compares with. */
export function dataOf({ data }: MatcherType<unknown>, definition: MatcherDefinition): MatcherOperands | undefined {
  return data && (definition[data] as MatcherOperands | undefined)
}

/**
 * Whether all matchers say yes, up to the first that does not.
 *
 * @throws when an attribute cannot be read
 */
export function matchAll(matchers: readonly CompiledMatcher[], walk: Walk, rule: number): boolean {
  for (let i = 0; i < matchers.length; i++) {
    const matcher = matchers[i] as CompiledMatcher
    const value = matcher.attribute ? readAttribute(walk, matcher.attribute) : walk.subject
    // A key needs no reading where a text is asked for.
    const seen = matcher.isKeyText ? walk.subject.matchingKey : matcher.type.read(value)
    const result = test(matcher, seen, walk) !== matcher.negate
    walk.trace?.matchers.push({ rule, matcher, value, result })
    if (!result) return false
  }
  return true
}

// Of one decision. One that looks at more is made anew each time.
const MAX_READS = 32

function readAttribute(walk: Walk, name: string): unknown {
  const { attributes, reads, isFleeting } = walk
  // Unless it turns out well: a getter may throw.
  walk.isFleeting = true
  const value = attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined
  // Lists and dates may change within, and be the same object still.
  if (isFleeting || (typeof value === 'object' && value !== null) || reads.push(name, value) > MAX_READS) return value
  walk.isFleeting = false
  return value
}

function test(matcher: CompiledMatcher, seen: unknown, walk: Walk): boolean {
  if (seen === undefined) return false
  try {
    return (matcher.test ?? build(matcher))(seen, walk)
  } catch (fault) {
    if (fault instanceof RangeError) throw fault
    // Not for each call again, when it is the building that failed.
    matcher.test ??= () => false
    return false
  }
}

function build(matcher: CompiledMatcher): Test<unknown> {
  return (matcher.test = matcher.type.build(dataOf(matcher.type, matcher.definition) as MatcherOperands))
}
