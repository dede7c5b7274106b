import { FAULT, listOf } from './matchers/listOf'
import { MATCHERS } from './matchers/table'
import { toText } from './matchers/toText'
import type {
  CompiledMatcher,
  ConditionDefinition,
  MatcherDefinition,
  MatcherOperands,
  MatcherType,
  PartitionDefinition,
  Rule,
  Rules,
  Walk,
} from './types'

// A decision that reads attributes with more entries than this (names and values) is made anew each time.
const MAX_READS = 32

/** Reads all rules, in order, up to one that this version does not understand. */
export function parseRules(conditions: unknown): Rules {
  let state: Rules['state'] = 'unsupported'
  let list: Rule[] = []
  let size = 0
  try {
    const definitions = listOf<ConditionDefinition>(conditions)
    // The list has the right length from the start: one that grows takes room for many more, and most have one or two.
    list = new Array<Rule>(definitions.length)
    for (let i = 0; i < definitions.length; i++) {
      const { matcherGroup, partitions, conditionType, label } = definitions[i] as ConditionDefinition
      const parts = listOf<MatcherDefinition>(matcherGroup.matchers)
      const matchers = parts.map(compileMatcher)
      size += parts.length
      if (!parts.length || matchers.includes(undefined)) return { state, list, size }
      if (partitions && sizeOf(partitions) !== 100) throw FAULT
      list[i] = {
        matchers: matchers as CompiledMatcher[],
        isRollout: conditionType === 'ROLLOUT',
        label,
        partitions,
        outcomes: undefined,
      }
    }
    if (size) state = 'usable'
  } catch (fault) {
    // A full stack says nothing of the rules: the next caller may have room.
    if (fault instanceof RangeError) throw fault
    state = 'broken'
  }
  return { state, list, size }
}

/**
 * Makes a matcher ready; undefined for a type that this version does not know.
 *
 * @throws when the definition is broken
 */
export function compileMatcher(definition: MatcherDefinition): CompiledMatcher | undefined {
  const type = MATCHERS.get(definition.matcherType)
  if (!type) return undefined
  if (type.isDataNeeded && dataOf(type, definition) == null) throw FAULT
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

/** The data that a matcher compares with. */
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
    const { attribute, type, isKeyText } = matcher
    const { subject } = walk
    const value = attribute ? readAttribute(walk, attribute) : subject
    const seen = (isKeyText && subject.keyText) || type.read(value)
    const result = test(matcher, seen, walk) !== matcher.negate
    walk.trace?.matchers.push({ rule, matcher, value, result })
    if (!result) return false
  }
  return true
}

function readAttribute(walk: Walk, name: string): unknown {
  const { attributes, reads, isFleeting } = walk
  // The answer is fleeting unless the reading turns out well: a getter may throw.
  walk.isFleeting = true
  const value = attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined
  // Lists and dates may change within, and be the same object still.
  if (isFleeting || Object(value) === value || reads.length >= MAX_READS) return value
  // A list that grows takes room for many more, and most decisions read one attribute.
  walk.reads = reads.length ? reads.concat(name, value) : [name, value]
  walk.isFleeting = false
  return value
}

function test(matcher: CompiledMatcher, seen: unknown, walk: Walk): boolean {
  if (seen === undefined) return false
  const { subject, trace, path } = walk
  const depth = path.length
  try {
    return (matcher.test ??= matcher.type.build(dataOf(matcher.type, matcher.definition) as MatcherOperands))(
      seen,
      walk,
    )
  } catch (fault) {
    if (fault instanceof RangeError) throw fault
    // The walk may have been left deep within other flags.
    walk.subject = subject
    walk.trace = trace
    path.length = depth
    // A test that could not be built is not tried again for each call.
    matcher.test ??= () => false
    return false
  }
}

/** The sum of the sizes. One that is no number makes the sum none either. */
function sizeOf(partitions: readonly PartitionDefinition[]): number {
  let sum = 0
  for (const { size } of partitions) sum += size
  return sum
}
