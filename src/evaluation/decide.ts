import { bucket } from './bucket'
import { CONTROL, LABELS } from './labels'
import { matchAll, parseRules } from './rules'
import { summarise } from './summary'
import { visit } from './visit'
import type { CompiledFlag, Evaluation, Rule, Walk } from './types'

/**
 * Decides a flag by its definition; undefined where that is impossible, because the definition is broken or goes in a circle.
 *
 * @throws whatever makes an attribute or the definition unreadable
 */
export function decide(flag: CompiledFlag, walk: Walk): Evaluation | undefined {
  if (!flag.rules) {
    const { status, killed, conditions, prerequisites, trafficAllocation } = flag.definition
    if (status === 'ARCHIVED') return outcomeOf(flag, CONTROL, LABELS.archived)
    // A kill comes before all that may be broken, so that it always works.
    if (killed) return outcomeOf(flag, servedBy(flag), LABELS.killed)
    flag.prerequisites = prerequisites
    // `Number` makes NaN of a missing percentage, which lets everybody in, and 0 of null.
    flag.percentage = Number(trafficAllocation)
    flag.rules = parseRules(conditions)
  }
  const { prerequisites, percentage, rules } = flag
  const { state, list, size } = rules
  const { trace, path } = walk
  if (state === 'broken') return undefined
  // Only flags below the one that was asked for count towards the limit: that one may have any number of rules.
  if (path.length > 1) walk.cost += size
  if (prerequisites) {
    const areMet = meets(prerequisites, walk)
    if (areMet === undefined) return undefined
    if (!areMet) return outcomeOf(flag, servedBy(flag), LABELS.prerequisitesNotMet)
  }
  if (state === 'unsupported') return outcomeOf(flag, CONTROL, LABELS.unsupported)

  let isOpen = false
  for (let i = 0; i < list.length; i++) {
    const rule = list[i] as Rule
    if (rule.isRollout && !isOpen) {
      const isGated = percentage < 100
      const at = isGated ? bucketOf(flag, walk, true) : 0
      isOpen = !isGated || at <= percentage
      if (trace) trace.gateBucket = at
      if (!isOpen) return outcomeOf(flag, servedBy(flag), LABELS.notInSplit)
    }
    if (matchAll(rule.matchers, walk, i)) {
      if (trace) trace.ruleIndex = i
      return serve(rule, flag, walk)
    }
  }
  return outcomeOf(flag, servedBy(flag), LABELS.noRuleMatched)
}

/** The treatment of another flag for a key, without fallback treatments or impression; undefined where that is impossible. */
export function treatmentOf(name: unknown, walk: Walk, key: unknown): string | undefined {
  const flag = typeof name === 'string' ? walk.definitions.flag(name) : undefined
  return flag ? visit(flag, walk, key, decide)?.treatment : CONTROL
}

/** A flag's decision for this treatment and label: always the same object. */
export function outcomeOf(flag: CompiledFlag, treatment: string, label: string): Evaluation {
  const { name, definition, outcomes } = flag
  for (const known of outcomes) if (known.treatment === treatment && known.label === label) return known
  const { configurations, changeNumber, trafficTypeName, impressionsDisabled } = definition
  // `control` has no configuration: a fallback treatment may be served in its place, which is not this flag's.
  const hasConfig = treatment !== CONTROL && configurations && Object.hasOwn(configurations, treatment)
  const outcome = Object.freeze({
    flag: name,
    treatment,
    label,
    config: (hasConfig && (configurations[treatment] as string)) || null,
    changeNumber: typeof changeNumber === 'number' ? changeNumber : undefined,
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    impressionsDisabled: !!impressionsDisabled,
  })
  // A short list is copied: an array that grows takes room for many more, and most flags come to one or two outcomes.
  if (outcomes.length < 4) flag.outcomes = outcomes.length ? outcomes.concat(outcome) : [outcome]
  else outcomes.push(outcome)
  return outcome
}

/** The treatment of a partition if it names one, else the flag's default treatment, else `control`. */
export function servedBy({ definition: { defaultTreatment } }: CompiledFlag, treatment?: unknown): string {
  return typeof treatment === 'string' ? treatment : typeof defaultTreatment === 'string' ? defaultTreatment : CONTROL
}

/** Whether all prerequisites are met, up to the first that is not; undefined where that cannot be decided. */
function meets(prerequisites: unknown, walk: Walk): boolean | undefined {
  if (!Array.isArray(prerequisites)) return undefined
  for (const prerequisite of prerequisites as ({ n: unknown; ts: unknown } | null)[]) {
    const treatments = prerequisite?.ts
    const treatment = treatmentOf(prerequisite?.n, walk, walk.subject)
    if (treatment === undefined || !Array.isArray(treatments)) return undefined
    walk.trace?.prerequisites.push(treatment)
    if (!treatments.includes(treatment)) return false
  }
  return true
}

function serve(rule: Rule, flag: CompiledFlag, walk: Walk): Evaluation {
  const { partitions } = rule
  let i = 0
  if (partitions) {
    const at = bucketOf(flag, walk, false)
    if (walk.trace) walk.trace.bucket = at
    let limit = partitions[0]!.size
    while (limit < at) limit += partitions[++i]!.size
  }
  const known = rule.outcomes?.[i]
  if (known) return known
  const { label, matchers } = rule
  const reason = typeof label !== 'string' ? summarise(matchers) : partitions ? label : LABELS.noRuleMatched
  rule.outcomes ??= new Array<Evaluation | undefined>(partitions?.length ?? 1)
  return (rule.outcomes[i] = outcomeOf(flag, servedBy(flag, partitions?.[i]?.treatment), reason))
}

function bucketOf(flag: CompiledFlag, { subject: { bucketingKey } }: Walk, isGate: boolean): number {
  if (flag.bucketKey !== bucketingKey) {
    flag.bucketKey = bucketingKey
    flag.bucket = flag.gateBucket = 0
  }
  const { seed, trafficAllocationSeed } = flag.definition
  return isGate
    ? (flag.gateBucket ||= bucket(bucketingKey, trafficAllocationSeed as number))
    : (flag.bucket ||= bucket(bucketingKey, seed as number))
}
