import { bucket } from './bucket'
import { CONTROL, LABELS } from './labels'
import { listOf } from './listOf'
import { matchAll } from './matcher'
import { outcomeOf } from './outcomeOf'
import { parseRules, usable } from './rules'
import { summarise } from './summary'
import { treatmentOf } from './treatmentOf'
import type { Rule } from './rules'
import type { CompiledFlag, Evaluation, Walk } from './types'

/**
 * Decides a flag by its definition.
 *
 * @throws whatever makes the decision impossible: a broken definition, a cycle, an attribute that cannot be read
 */
export function decide(flag: CompiledFlag, walk: Walk): Evaluation {
  if (!flag.rules) {
    const { status, killed, conditions, prerequisites, trafficAllocation } = flag.definition
    if (status === 'ARCHIVED') return outcomeOf(flag, CONTROL, LABELS.archived)
    // Before all that may be broken, so that a kill always works.
    if (killed) return orDefault(flag, undefined, LABELS.killed)
    flag.prerequisites = prerequisites
    // As a number: missing is NaN, which lets everybody in, and null is 0.
    flag.percentage = Number(trafficAllocation)
    flag.rules = parseRules(conditions)
  }
  const { prerequisites, percentage, rules } = flag
  const { state, list, size } = usable(rules)
  // Below the flag that was asked for only: itself it may be as long as it likes.
  if (walk.path.length > 1) walk.cost += size
  if (prerequisites && !areMet(prerequisites, walk)) return orDefault(flag, undefined, LABELS.prerequisitesNotMet)
  if (state === 'unsupported') return outcomeOf(flag, CONTROL, LABELS.unsupported)

  const { trace } = walk
  let isOpen = false
  for (let i = 0; i < list.length; i++) {
    const rule = list[i] as Rule
    if (rule.isRollout && !isOpen) {
      const isGated = percentage < 100
      const at = isGated ? gateBucketOf(flag, walk) : 0
      isOpen = !isGated || at <= percentage
      if (trace) trace.allocation = isGated ? { percentage, open: isOpen, bucket: at } : { percentage: 100, open: true }
      if (!isOpen) return orDefault(flag, undefined, LABELS.notInSplit)
    }
    if (matchAll(rule.matchers, walk, i)) {
      if (trace) {
        trace.ruleIndex = i
        trace.ruleSummary = summarise(rule.matchers)
      }
      return serve(rule, flag, walk)
    }
  }
  return orDefault(flag, undefined, LABELS.noRuleMatched)
}

function areMet(prerequisites: unknown, walk: Walk): boolean {
  for (const { n, ts } of listOf<{ n: unknown; ts: unknown }>(prerequisites)) {
    const treatment = treatmentOf(n, walk)
    const treatments = listOf<string>(ts)
    const met = treatments.includes(treatment)
    walk.trace?.prerequisites.push({ flag: n as string, treatments, treatment, met })
    if (!met) return false
  }
  return true
}

function serve(rule: Rule, flag: CompiledFlag, walk: Walk): Evaluation {
  const { partitions } = rule
  let i = 0
  if (partitions) {
    const at = bucketOf(flag, walk)
    if (walk.trace) walk.trace.bucket = at
    let limit = partitions[0]!.size
    while (limit < at) limit += partitions[++i]!.size
  }
  const known = rule.outcomes?.[i]
  if (known) return known
  const { label, matchers } = rule
  const reason = typeof label !== 'string' ? summarise(matchers) : partitions ? label : LABELS.noRuleMatched
  rule.outcomes ??= new Array<Evaluation | undefined>(partitions?.length ?? 1)
  return (rule.outcomes[i] = orDefault(flag, partitions?.[i]?.treatment, reason))
}

function orDefault(flag: CompiledFlag, treatment: unknown, label: string): Evaluation {
  const { defaultTreatment } = flag.definition
  const served = typeof treatment === 'string' ? treatment : defaultTreatment
  return outcomeOf(flag, typeof served === 'string' ? served : CONTROL, label)
}

function bucketOf(flag: CompiledFlag, { subject: { bucketingKey } }: Walk): number {
  if (bucketingKey !== flag.bucketKey) {
    flag.bucket = bucket(bucketingKey, flag.definition.seed as number)
    flag.bucketKey = bucketingKey
  }
  return flag.bucket
}

function gateBucketOf(flag: CompiledFlag, { subject: { bucketingKey } }: Walk): number {
  if (bucketingKey !== flag.gateKey) {
    flag.gateBucket = bucket(bucketingKey, flag.definition.trafficAllocationSeed as number)
    flag.gateKey = bucketingKey
  }
  return flag.gateBucket
}
