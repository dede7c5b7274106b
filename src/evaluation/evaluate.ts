import { compileFlag } from './compile'
import { EXHAUSTED } from './faults'
import { CONTROL, LABELS } from './labels'
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
  if (answers.version !== definitions.version) {
    answers.byFlag.clear()
    answers.version = definitions.version
  }
  const kept = answers.byFlag.get(flag)
  if (kept) return kept

  const compiled = definitions.flag(flag)
  if (!compiled) {
    const evaluation = withoutDefinition(flag, LABELS.definitionNotFound)
    if (answers.byFlag.size < MAX_KEPT_UNKNOWN) answers.byFlag.set(flag, evaluation)
    return evaluation
  }
  const walk = spare ?? createWalk()
  spare = undefined
  walk.subject = subject
  walk.attributes = attributes
  walk.definitions = definitions
  const evaluation = decide(compiled, walk)
  if (!walk.readsAttributes) answers.byFlag.set(flag, evaluation)
  // Nothing of the application's may live on in it.
  walk.attributes = undefined
  spare = walk
  return evaluation
}

/** Decides the flag that was asked for. */
export function decide(flag: CompiledFlag, walk: Walk): Evaluation {
  walk.readsAttributes = false
  walk.cost = 0
  walk.path.push(flag)
  try {
    return flag.decide(walk)
  } catch (fault) {
    // A full stack says nothing of the flag: the next call, from elsewhere, must try again.
    if (fault instanceof RangeError && fault !== EXHAUSTED) walk.readsAttributes = true
    return flag.outcome(CONTROL, LABELS.exception)
  } finally {
    walk.path.pop()
  }
}

/** A walk for whoever fills in the rest. */
export function createWalk(): Walk {
  return { readsAttributes: false, cost: 0, path: [] } as unknown as Walk
}

/** A decision about a name that nothing is known of. */
export function withoutDefinition(flag: string, label: string): Evaluation {
  return compileFlag(undefined, flag).outcome(CONTROL, label)
}
