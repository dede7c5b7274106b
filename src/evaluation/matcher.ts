import { FAULT } from './faults'
import { MATCHERS } from './matchers/table'
import { once } from './once'
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
  build(data: MatcherOperands | undefined): Test<Value>
  /** What stands before the data in a summary. */
  words: string
}

export interface CompiledMatcher {
  readonly type: MatcherType<unknown>
  readonly definition: MatcherDefinition
  readonly data: MatcherOperands | undefined
  readonly attribute: string | undefined
  readonly negate: boolean
  readonly test: () => Test<unknown>
}

/**
 * Undefined for a type that this version does not know.
 *
 * @throws when the definition is broken
 */
export function compileMatcher(definition: MatcherDefinition): CompiledMatcher | undefined {
  const type = MATCHERS.get(definition.matcherType)
  if (!type) return undefined
  const data = (type.data && definition[type.data]) as MatcherOperands | undefined
  if (type.isDataNeeded && (data ?? FAULT) === FAULT) throw FAULT
  return {
    type,
    definition,
    data,
    attribute: (definition.keySelector?.attribute || undefined) as string | undefined,
    negate: !!definition.negate,
    test: once(() => type.build(data)),
  }
}

/**
 * Whether all matchers say yes, up to the first that does not.
 *
 * @throws when an attribute cannot be read
 */
export function matchAll(matchers: readonly CompiledMatcher[], walk: Walk, rule: number): boolean {
  for (const matcher of matchers) {
    const value = matcher.attribute ? readAttribute(walk, matcher.attribute) : walk.subject
    const result = test(matcher, value, walk) !== matcher.negate
    walk.trace?.matchers.push({ rule, matcher, value, result })
    if (!result) return false
  }
  return true
}

function readAttribute(walk: Walk, name: string): unknown {
  walk.readsAttributes = true
  return walk.attributes && Object.hasOwn(walk.attributes, name) ? walk.attributes[name] : undefined
}

function test(matcher: CompiledMatcher, value: unknown, walk: Walk): boolean {
  const seen = matcher.type.read(value)
  if (seen === undefined) return false
  try {
    return matcher.test()(seen, walk)
  } catch (fault) {
    if (fault instanceof RangeError) throw fault
    return false
  }
}
