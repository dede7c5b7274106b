import type { CONTROL, LABELS } from '../evaluation/labels'
import type { Definitions, Evaluation } from '../evaluation/types'
import type { Explain } from './explain/explain'
import type { Explanation } from './explain/types'
import type { Question } from './types'

const NOT_READY: typeof LABELS.notReady = 'not ready'
const INVALID_INPUT: typeof LABELS.invalidInput = 'invalid input'
const NO_TREATMENT: typeof CONTROL = 'control'

/** Explains one decision, or why there was none. @param override the decision for a flag whose treatment QA set */
export function answerQuestion(
  question: Question,
  override: Evaluation | undefined,
  definitions: Definitions,
  explain: Explain,
): Explanation {
  const { name, refusal, subject, attributes, fallback } = question
  if (refusal) return { ...unexplained(name), ...refusal, label: INVALID_INPUT }
  if (override) {
    const { treatment, config, label, changeNumber } = override
    return { ...unexplained(name), treatment, config, label, ...(changeNumber !== undefined && { changeNumber }) }
  }
  const explanation = subject ? explain(name, subject, attributes, definitions) : unexplained(name)
  if (explanation.treatment !== NO_TREATMENT) return explanation
  // The explanation says what is served, which may be a fallback treatment in place of `control`.
  const { treatment, config, label } = fallback(explanation as unknown as Evaluation)
  return { ...explanation, treatment, config, label }
}

function unexplained(flag: string): Explanation {
  return {
    flag,
    treatment: NO_TREATMENT,
    config: null,
    label: NOT_READY,
    prerequisites: [],
    rules: [],
    matchers: [],
  }
}
