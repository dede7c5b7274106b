import { compileFlag } from './compile'
import { contains } from './contains'
import { decide } from './decide'
import { EXHAUSTED } from './faults'
import { CONTROL, LABELS } from './labels'
import { outcomeOf } from './outcomeOf'
import type { Answer, Attributes, CompiledFlag, Definitions, Evaluation, Subject, Walk } from './types'

// A page that makes up flag names must not fill the memory; what is beyond is answered all the same.
const MAX_KEPT_UNKNOWN = 10_000

// One walk for all decisions, so that a repeated decision allocates nothing. Out while it is in use: a getter among the
// attributes may ask for another flag meanwhile.
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
  if (answers.version !== definitions.version) {
    answers.byFlag.clear()
    answers.version = definitions.version
  }
  const known = answers.byFlag.get(flag)
  if (known && holds(known, attributes)) return known.evaluation

  const compiled = definitions.flag(flag)
  if (!compiled) {
    const evaluation = withoutDefinition(flag, LABELS.definitionNotFound)
    if (answers.byFlag.size < MAX_KEPT_UNKNOWN) answers.byFlag.set(flag, { evaluation, reads: [] })
    return evaluation
  }
  const walk = spare ?? createWalk()
  spare = undefined
  walk.subject = subject
  walk.attributes = attributes
  walk.definitions = definitions
  const evaluation = start(compiled, walk)
  if (!walk.isFleeting) {
    if (known) {
      // The two lists change places, so that attributes which differ from call to call allocate nothing either.
      const { reads } = known
      known.evaluation = evaluation
      known.reads = walk.reads
      walk.reads = reads
    } else answers.byFlag.set(flag, { evaluation, reads: walk.reads.splice(0) })
  }
  // Nothing of the application's may live on in it.
  walk.attributes = undefined
  walk.reads.length = 0
  spare = walk
  return evaluation
}

/** Whether a decision would come out the same: every attribute that it looked at is what it was. */
function holds(answer: Answer, attributes: Attributes | undefined): boolean {
  const { evaluation, reads } = answer
  try {
    for (let i = 0; i < reads.length; i += 2) {
      // Inherited ones are never what was read: those have been left out.
      if (!Object.is(attributes?.[reads[i] as string], reads[i + 1])) return false
    }
    // A getter may have asked for the same flag meanwhile, and the answer be another's now.
    return answer.evaluation === evaluation && answer.reads === reads
  } catch {
    // A getter that throws: the decision says so.
    return false
  }
}

/** Decides the flag that was asked for. */
export function start(flag: CompiledFlag, walk: Walk): Evaluation {
  walk.reads.length = 0
  walk.isFleeting = false
  walk.cost = 0
  walk.path.push(flag)
  try {
    return decide(flag, walk)
  } catch (fault) {
    // A full stack says nothing of the flag: the next call, from elsewhere, must try again.
    if (fault instanceof RangeError && fault !== EXHAUSTED) walk.isFleeting = true
    return failed(flag)
  } finally {
    walk.path.pop()
  }
}

/** A walk for whoever fills in the rest. */
export function createWalk(): Walk {
  return {
    subject: undefined,
    attributes: undefined,
    definitions: undefined,
    reads: [],
    isFleeting: false,
    cost: 0,
    path: [],
    decide,
    contains,
    trace: undefined,
  } as unknown as Walk
}

/** A decision about a name that nothing is known of. */
export function withoutDefinition(flag: string, label: string): Evaluation {
  return outcomeOf(compileFlag(undefined, flag), CONTROL, label)
}

function failed(flag: CompiledFlag): Evaluation {
  try {
    return outcomeOf(flag, CONTROL, LABELS.exception)
  } catch {
    // No JSON, but something that throws when it is looked at.
    return withoutDefinition(flag.name, LABELS.exception)
  }
}
