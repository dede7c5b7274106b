import { compileFlag } from './compile'
import { decide } from './decide'
import { EXHAUSTED } from './faults'
import { CONTROL, LABELS } from './labels'
import { outcomeOf } from './outcomeOf'
import type { Attributes, CompiledFlag, Definitions, Evaluation, Subject, Walk } from './types'

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
  const compiled = definitions.flag(flag)
  // A flag that always reads attributes is not looked for among the answers.
  if (!compiled || compiled.isKept) {
    const kept = answers.version === definitions.version && answers.byFlag.get(flag)
    if (kept) return kept
  }
  if (!compiled) return keep(withoutDefinition(flag, LABELS.definitionNotFound), subject, definitions)
  const walk = spare ?? createWalk()
  spare = undefined
  walk.subject = subject
  walk.attributes = attributes
  walk.definitions = definitions
  const evaluation = start(compiled, walk)
  if (!walk.readsAttributes) {
    compiled.isKept = true
    keep(evaluation, subject, definitions)
  }
  // Nothing of the application's may live on in it.
  walk.attributes = undefined
  spare = walk
  return evaluation
}

/** Decides the flag that was asked for. */
export function start(flag: CompiledFlag, walk: Walk): Evaluation {
  walk.readsAttributes = false
  walk.cost = 0
  walk.path.push(flag)
  try {
    return decide(flag, walk)
  } catch (fault) {
    // A full stack says nothing of the flag: the next call, from elsewhere, must try again.
    if (fault instanceof RangeError && fault !== EXHAUSTED) walk.readsAttributes = true
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
    readsAttributes: false,
    cost: 0,
    path: [],
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

function keep(evaluation: Evaluation, { answers }: Subject, { version }: Definitions): Evaluation {
  if (answers.version !== version) {
    answers.byFlag.clear()
    answers.version = version
  }
  if (evaluation.changeNumber !== undefined || answers.byFlag.size < MAX_KEPT_UNKNOWN) {
    answers.byFlag.set(evaluation.flag, evaluation)
  }
  return evaluation
}
