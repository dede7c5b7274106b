import { bucket } from './bucket'
import { FAULT } from './faults'
import { CONTROL, LABELS } from './labels'
import { matchAll } from './matcher'
import { parseRules } from './rules'
import { summarise } from './summary'
import { treatmentOf } from './treatmentOf'
import type { FlagDefinition } from './definition'
import type { Rule, Rules } from './rules'
import type { CompiledFlag, Evaluation, Walk } from './types'

/** The members that every outcome of a flag shares, and what decides before its rules do. */
interface Head {
  isArchived: boolean
  isKilled: boolean
  defaultTreatment: string
  changeNumber: number | undefined
  trafficType: string | undefined
  impressionsDisabled: boolean
}

/** Makes a flag's definition ready to decide. Never throws; its rules are read when they are first needed. */
export function compileFlag(definition: unknown, name: string): CompiledFlag {
  const flag = (definition ?? {}) as FlagDefinition
  const head = readHead(flag)
  const outcomes: Evaluation[] = []
  let rules: Rules | undefined
  let isBroken = false
  let allocation = NaN
  // A page asks for one key again and again: the last one's buckets need no hashing.
  let bucketedKey: string | undefined
  let lastBucket = 0
  let gatedKey: string | undefined
  let lastGate = 0

  const outcome = (treatment: string, label: string): Evaluation => {
    let found = outcomes.find((known) => known.treatment === treatment && known.label === label)
    if (!found) {
      found = Object.freeze({
        flag: name,
        treatment,
        label,
        config: configOf(flag, treatment),
        changeNumber: head.changeNumber,
        trafficType: head.trafficType,
        impressionsDisabled: head.impressionsDisabled,
      })
      outcomes.push(found)
    }
    return found
  }

  const readRules = (): Rules => {
    if (isBroken) throw FAULT
    try {
      // As a number: missing is NaN, which lets everybody in, and null is 0.
      allocation = Number(flag.trafficAllocation)
      return (rules = parseRules(flag.conditions))
    } catch (fault) {
      isBroken = !(fault instanceof RangeError)
      throw fault
    }
  }

  const bucketOf = ({ subject: { bucketingKey } }: Walk): number => {
    if (bucketingKey !== bucketedKey) {
      lastBucket = bucket(bucketingKey, flag.seed as number)
      bucketedKey = bucketingKey
    }
    return lastBucket
  }

  const isExposed = ({ subject: { bucketingKey }, trace }: Walk): boolean => {
    const isGated = allocation < 100
    if ((isGated || trace) && bucketingKey !== gatedKey) {
      lastGate = bucket(bucketingKey, flag.trafficAllocationSeed as number)
      gatedKey = bucketingKey
    }
    const open = !isGated || lastGate <= allocation
    if (trace) trace.allocation = { percentage: isGated ? allocation : 100, bucket: lastGate, open }
    return open
  }

  const requiredTreatments = (walk: Walk): boolean => {
    for (const { n, ts } of flag.prerequisites ?? []) {
      const treatment = treatmentOf(n, walk)
      if (!Array.isArray(ts)) throw FAULT
      const met = ts.includes(treatment)
      walk.trace?.prerequisites.push({ flag: String(n), treatments: ts as string[], treatment, met })
      if (!met) return false
    }
    return true
  }

  const outcomeOf = ({ partitions, label, matchers }: Rule, walk: Walk): Evaluation => {
    const reason = typeof label === 'string' ? label : summarise(matchers)
    if (!partitions) return outcome(head.defaultTreatment, label === reason ? LABELS.noRuleMatched : reason)
    const at = bucketOf(walk)
    for (const partition of partitions) {
      if (partition.limit < at) continue
      return (partition.outcome ??= outcome(
        typeof partition.treatment === 'string' ? partition.treatment : head.defaultTreatment,
        reason,
      ))
    }
    throw FAULT
  }

  return {
    outcome,
    decide(walk) {
      if (head.isArchived) return outcome(CONTROL, LABELS.archived)
      if (head.isKilled) return outcome(head.defaultTreatment, LABELS.killed)
      const { list, size } = rules ?? readRules()
      if (walk.path.length > 1) walk.cost += size
      if (flag.prerequisites && !requiredTreatments(walk))
        return outcome(head.defaultTreatment, LABELS.prerequisitesNotMet)
      if (!list) return outcome(CONTROL, LABELS.unsupported)
      let isGateOpen = false
      for (let i = 0; i < list.length; i++) {
        const rule = list[i] as Rule
        if (rule.isRollout && !isGateOpen && !(isGateOpen = isExposed(walk))) {
          return outcome(head.defaultTreatment, LABELS.notInSplit)
        }
        if (matchAll(rule.matchers, walk, i)) {
          if (walk.trace) {
            walk.trace.rule = { index: i, summary: summarise(rule.matchers) }
            walk.trace.bucket = bucketOf(walk)
          }
          return outcomeOf(rule, walk)
        }
      }
      return outcome(head.defaultTreatment, LABELS.noRuleMatched)
    },
  }
}

function readHead(flag: FlagDefinition): Head {
  try {
    const { status, killed, defaultTreatment, changeNumber, trafficTypeName, impressionsDisabled } = flag
    return {
      isArchived: status === 'ARCHIVED',
      isKilled: !!killed,
      defaultTreatment: typeof defaultTreatment === 'string' ? defaultTreatment : CONTROL,
      changeNumber: typeof changeNumber === 'number' ? changeNumber : undefined,
      trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
      impressionsDisabled: !!impressionsDisabled,
    }
  } catch {
    // Not JSON, but something that throws when it is looked at. Its rules will say so again.
    return readHead({})
  }
}

function configOf({ configurations }: FlagDefinition, treatment: string): string | null {
  // What is served instead of `control` is not this flag's, so neither is the configuration.
  if (treatment === CONTROL || !configurations || !Object.hasOwn(configurations, treatment)) return null
  return (configurations[treatment] as string) || null
}
