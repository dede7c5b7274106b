import { createBucketing } from './bucket'
import { CONTROL, LABELS } from './labels'
import { listOf } from './listOf'
import { matchAll } from './matcher'
import { once } from './once'
import { parseRules } from './rules'
import { summarise } from './summary'
import { treatmentOf } from './treatmentOf'
import type { FlagDefinition } from './definition'
import type { Partition, Rule } from './rules'
import type { CompiledFlag, Evaluation } from './types'

/** Makes a flag's definition ready to decide. Never throws; its rules are read when they are first needed. */
export function compileFlag(definition: unknown, name: string): CompiledFlag {
  try {
    return compile(definition ?? {}, name)
  } catch {
    // Not JSON, but something that throws when it is looked at: as broken as no definition can be.
    return compile({}, name)
  }
}

function compile(definition: FlagDefinition, name: string): CompiledFlag {
  const { status, killed, defaultTreatment, configurations, changeNumber, trafficTypeName, prerequisites } = definition
  const { conditions, impressionsDisabled, seed, trafficAllocation, trafficAllocationSeed } = definition
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const orDefault = (treatment?: unknown) => text(treatment) ?? text(defaultTreatment) ?? CONTROL
  const rules = once(() => parseRules(conditions))
  const bucketOf = createBucketing(seed as number)
  const gateBucketOf = createBucketing(trafficAllocationSeed as number)
  const outcomes: Evaluation[] = []

  const outcome = (treatment: string, label: string): Evaluation => {
    let found = outcomes.find((known) => known.treatment === treatment && known.label === label)
    if (!found) {
      // What is served instead of `control` is not this flag's, so neither is the configuration.
      const hasConfig = treatment !== CONTROL && configurations && Object.hasOwn(configurations, treatment)
      found = Object.freeze({
        flag: name,
        treatment,
        label,
        config: (hasConfig && (configurations[treatment] as string)) || null,
        changeNumber: typeof changeNumber === 'number' ? changeNumber : undefined,
        trafficType: text(trafficTypeName),
        impressionsDisabled: !!impressionsDisabled,
      })
      outcomes.push(found)
    }
    return found
  }

  return {
    outcome,
    decide(walk) {
      const { subject, trace } = walk
      if (status === 'ARCHIVED') return outcome(CONTROL, LABELS.archived)
      if (killed) return outcome(orDefault(), LABELS.killed)
      const { list, size } = rules()
      // Below the flag that was asked for only: itself it may be as long as it likes.
      if (walk.path.length > 1) walk.cost += size

      if (prerequisites !== undefined && prerequisites !== null) {
        for (const { n, ts } of prerequisites) {
          const treatment = treatmentOf(n, walk)
          const treatments = listOf<string>(ts)
          const met = treatments.includes(treatment)
          trace?.prerequisites.push({ flag: n as string, treatments, treatment, met })
          if (!met) return outcome(orDefault(), LABELS.prerequisitesNotMet)
        }
      }

      if (!list) return outcome(CONTROL, LABELS.unsupported)
      let isOpen = false
      for (let i = 0; i < list.length; i++) {
        const { matchers, partitions, label, isRollout } = list[i] as Rule
        if (isRollout && !isOpen) {
          // As a number: missing is NaN, which lets everybody in, and null is 0.
          const percentage = Number(trafficAllocation)
          isOpen = !(percentage < 100) || gateBucketOf(subject.bucketingKey) <= percentage
          if (trace) trace.allocation = { percentage, bucket: gateBucketOf(subject.bucketingKey), open: isOpen }
          if (!isOpen) return outcome(orDefault(), LABELS.notInSplit)
        }
        if (!matchAll(matchers, walk, i)) continue
        if (trace) {
          trace.ruleIndex = i
          trace.ruleSummary = summarise(matchers)
          trace.bucket = bucketOf(subject.bucketingKey)
        }
        if (!partitions)
          return outcome(orDefault(), text(label) === undefined ? summarise(matchers) : LABELS.noRuleMatched)
        const at = bucketOf(subject.bucketingKey)
        let part = 0
        while ((partitions[part] as Partition).limit < at) part++
        const partition = partitions[part] as Partition
        return (partition.outcome ??= outcome(orDefault(partition.treatment), text(label) ?? summarise(matchers)))
      }
      return outcome(orDefault(), LABELS.noRuleMatched)
    },
  }
}
