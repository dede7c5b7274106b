import { hasNestedQuantifier } from './hasNestedQuantifier'
import type { EvaluatorDoor } from '../../evaluation/evaluate'
import type { Attributes, CompiledFlag, Definitions, PartitionDefinition, Subject } from '../../evaluation/types'
import type { AllocationExplanation, Explanation, PrerequisiteExplanation } from './types'

/** Decides one flag as `evaluate` does, and says how. Never throws, and remembers nothing. */
export type Explain = (
  flag: string,
  subject: Subject,
  attributes: Attributes | undefined,
  definitions: Definitions,
) => Explanation

/** @param door what this needs of the evaluator, which is in the first file */
export function createExplain({ trace, servedBy, summarise, summariseMatcher }: EvaluatorDoor): Explain {
  return (flag, subject, attributes, definitions) => {
    const { evaluation, compiled, steps } = trace(flag, subject, attributes, definitions)
    const { treatment, config, label, changeNumber } = evaluation
    const { ruleIndex, bucket, gateBucket } = steps
    // Rules after one that is not understood were not read, and are holes in the list, which `flatMap` skips.
    const rules = (compiled?.rules?.list ?? []).flatMap(({ matchers, isRollout, partitions }) => ({
      summary: summarise(matchers),
      isRollout,
      partitions: (Array.isArray(partitions) ? (partitions as PartitionDefinition[]) : []).map((partition) => ({
        treatment: servedBy(compiled as CompiledFlag, partition.treatment),
        size: partition.size,
      })),
    }))
    return {
      flag,
      treatment,
      config,
      label,
      ...(changeNumber !== undefined && { changeNumber }),
      ...(ruleIndex !== undefined && { ruleIndex, ruleSummary: rules[ruleIndex]!.summary }),
      ...(bucket !== undefined && { bucket }),
      ...(gateBucket !== undefined && { allocation: allocationOf(compiled as CompiledFlag, gateBucket) }),
      prerequisites: steps.prerequisites.map((given, i) => prerequisiteOf(compiled as CompiledFlag, given, i)),
      rules,
      matchers: steps.matchers.map(({ rule, matcher, value, result }) => {
        const { definition, attribute, negate } = matcher
        return {
          rule,
          type: definition.matcherType as string,
          negate,
          ...(attribute && { attribute }),
          value: attribute ? value : subject.matchingKey,
          result,
          summary: summariseMatcher(matcher),
          ...(hasNestedQuantifier(definition) && { warning: 'repeats a repetition: some texts may take very long' }),
        }
      }),
    }
  }
}

/** @param bucket 0 where the allocation is 100 % */
function allocationOf({ percentage }: CompiledFlag, bucket: number): AllocationExplanation {
  return bucket ? { percentage, open: bucket <= percentage, bucket } : { percentage: 100, open: true }
}

function prerequisiteOf(flag: CompiledFlag, treatment: string, i: number): PrerequisiteExplanation {
  const { n, ts } = (flag.prerequisites as { n: string; ts: string[] }[])[i]!
  return { flag: n, treatments: ts, treatment, met: ts.includes(treatment) }
}
