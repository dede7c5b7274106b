import { hash32, utf8 } from './bucket'
import { decide, outcomeOf, servedBy, treatmentOf } from './decide'
import { CONTROL, LABELS } from './labels'
import { isInRuleBasedSegment } from './segments'
import { summarise, summariseMatcher } from './summary'
import type {
  Answer,
  Attributes,
  CompiledFlag,
  CompiledSegment,
  Definitions,
  Evaluation,
  Subject,
  Trace,
  Walk,
} from './types'

// A page that makes up flag names must not fill the memory: beyond this many answers, those of unknown names are not kept.
const MAX_KEPT_UNKNOWN = 10_000

/** Most decisions read no attribute, and share this list. */
const NO_READS: readonly unknown[] = []

/** All flags share this list until they have been decided. */
const NO_OUTCOMES: Evaluation[] = []

// One walk serves all decisions, so that a repeated decision allocates nothing. The spare is undefined while it is in use,
// because a getter among the attributes may ask for another flag meanwhile.
let spare: Walk | undefined

/**
 * Decides one flag. Never throws and never hangs: what is impossible to decide is `control`, with a label that says why.
 * Equal decisions are the same object until definitions change.
 */
export function evaluate(
  flag: string,
  subject: Subject,
  attributes: Attributes | undefined,
  definitions: Definitions,
): Evaluation {
  const { answers } = subject
  const { version } = definitions
  if (answers.version !== version) {
    answers.byFlag.clear()
    answers.version = version
  }
  const known = answers.byFlag.get(flag)
  const held = known && heldBy(known, attributes)
  if (held) return held

  const compiled = definitions.flag(flag)
  if (!compiled) {
    const evaluation = withoutDefinition(flag, LABELS.definitionNotFound)
    if (answers.byFlag.size < MAX_KEPT_UNKNOWN) answers.byFlag.set(flag, { evaluation, reads: NO_READS })
    return evaluation
  }
  const walk = spare ?? createWalk()
  spare = undefined
  const evaluation = start(compiled, walk, subject, attributes, definitions)
  // A getter among the attributes may have changed the definitions meanwhile.
  if (!walk.isFleeting && answers.version === version) {
    const { reads } = walk
    if (known) {
      known.evaluation = evaluation
      known.reads = reads
    } else answers.byFlag.set(flag, { evaluation, reads })
  }
  // The spare walk must not keep anything of the application's alive.
  walk.attributes = undefined
  walk.reads = NO_READS
  spare = walk
  return evaluation
}

/** Makes a flag's definition ready to decide. Never throws: whatever is wrong with it shows in its decisions. */
export function compileFlag(definition: unknown, name: string): CompiledFlag {
  return {
    name,
    definition: definition ?? {},
    rules: undefined,
    outcomes: NO_OUTCOMES,
    prerequisites: undefined,
    percentage: NaN,
    bucketKey: undefined,
    bucket: 0,
    gateBucket: 0,
  }
}

/** Makes a rule-based segment ready to answer. Never throws: whatever is wrong with it shows in its answers. */
export function compileRuleBasedSegment(definition: unknown): CompiledSegment {
  return { definition: definition ?? {}, rules: undefined, excludedKeys: undefined }
}

/** A key with its memberships. Without a bucketing key it buckets by the matching key. */
export function createSubject(
  matchingKey: string,
  bucketingKey: string | undefined,
  segments: ReadonlySet<string>,
  largeSegments: ReadonlySet<string>,
): Subject {
  return {
    matchingKey,
    bucketingKey: bucketingKey ?? matchingKey,
    keyText: matchingKey,
    segments,
    largeSegments,
    // NaN equals no version, so that the first decision finds the answers out of date.
    answers: { version: NaN, byFlag: new Map() },
  }
}

/** A decision about a name that nothing is known of. */
export function withoutDefinition(flag: string, label: string): Evaluation {
  return outcomeOf(compileFlag(undefined, flag), CONTROL, label)
}

/**
 * The functions of the evaluator that explanations, overrides and streaming need. Those are in other files of the package,
 * which get it handed over.
 */
export const evaluatorDoor = {
  /** Decides one flag as `evaluate` does, and writes its steps down. Keeps nothing. */
  trace(flag: string, subject: Subject, attributes: Attributes | undefined, definitions: Definitions) {
    const steps: Trace = { prerequisites: [], matchers: [] }
    const compiled = definitions.flag(flag)
    const walk = createWalk(steps)
    const evaluation = compiled
      ? start(compiled, walk, subject, attributes, definitions)
      : withoutDefinition(flag, LABELS.definitionNotFound)
    return { evaluation, compiled, steps }
  },
  outcomeOf,
  withoutDefinition,
  servedBy,
  summarise,
  summariseMatcher,
  hash32,
  utf8,
}

export type EvaluatorDoor = typeof evaluatorDoor

/** The decision of an answer, if it would be the same again because no attribute that it read has changed. */
function heldBy(answer: Answer, attributes: Attributes | undefined): Evaluation | undefined {
  // Both members are read first: a getter may ask for the same flag meanwhile, so that the answer is another's then.
  const { evaluation, reads } = answer
  try {
    for (let i = 0; i < reads.length; i += 2) {
      // An inherited attribute counts as a change: decisions read own attributes only.
      if (!Object.is(attributes?.[reads[i] as string], reads[i + 1])) return undefined
    }
    return evaluation
  } catch {
    // A getter throws. The decision, which is made anew, says so in its label.
    return undefined
  }
}

/** Decides the flag that was asked for. */
function start(
  flag: CompiledFlag,
  walk: Walk,
  subject: Subject,
  attributes: Attributes | undefined,
  definitions: Definitions,
): Evaluation {
  const { path } = walk
  walk.subject = subject
  walk.attributes = attributes
  walk.definitions = definitions
  walk.reads = NO_READS
  walk.isFleeting = false
  walk.cost = 0
  path.push(flag)
  let decided: Evaluation | undefined
  try {
    decided = decide(flag, walk)
  } catch (fault) {
    // A full stack says nothing of the flag: the next call, from elsewhere, must try again.
    if (fault instanceof RangeError) walk.isFleeting = true
    path.length = 1
  }
  path.pop()
  // A walk that went too far has no answer, whatever it came to on its way back.
  return decided && walk.cost < Infinity ? decided : failed(flag)
}

function createWalk(trace?: Trace): Walk {
  // `start` adds the rest, in one order for every walk.
  return { reads: NO_READS, path: [], trace, treatmentOf, isInRuleBasedSegment } as unknown as Walk
}

function failed(flag: CompiledFlag): Evaluation {
  try {
    return outcomeOf(flag, CONTROL, LABELS.exception)
  } catch {
    // The definition is no JSON, but something that throws when it is looked at.
    return withoutDefinition(flag.name, LABELS.exception)
  }
}
