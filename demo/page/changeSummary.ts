import type { FlagChange } from '../server/editFlag'
import type { FlagForm, Partition, PrerequisiteForm, TargetForm } from '../server/flagForm'
import { counted } from './amount'
import { wordsOf } from './conditionDraft'
import { ruleChanges } from './ruleChanges'

const split = (partitions: readonly Partition[] = []) =>
  partitions.map(({ treatment, size }) => `${treatment} ${size} %`).join(', ') || 'nothing'

const names = (list: readonly string[]) => list.join(', ') || 'none'

const required = (prerequisites: readonly PrerequisiteForm[]) =>
  names(prerequisites.map(({ flag, treatments }) => `${flag} is ${treatments.join(' or ') || '…'}`))

const targeted = (targets: readonly TargetForm[]) =>
  names(targets.map(({ treatment, keys }) => `${treatment} ${counted(keys.length, 'key')}`))

const ruleText = ({ label, partitions }: { label: string; partitions: readonly Partition[] }) =>
  `${label || 'no condition yet'}: ${split(partitions)}`

/** The rules, with the labels that they will get. */
const after = ({ rules, trafficType }: FlagForm, changed: NonNullable<FlagChange['rules']>) =>
  changed.map(({ partitions, matchers, index }) => ({
    partitions,
    label: matchers ? wordsOf(matchers, trafficType) : (rules.find((rule) => rule.index === index)?.label ?? ''),
  }))

/** A change in sentences, for a reader who is about to save it or looks at the history. */
export function changeSummary(before: FlagForm, change: FlagChange): string[] {
  const { archived, killed, trackImpressions, defaultTreatment, trafficAllocation, configurations, defaultRule } =
    change
  const lines: (string | false)[] = [
    archived === true && 'Archive the flag: clients forget it.',
    killed === true && `Kill: everyone gets ${change.defaultTreatment ?? before.defaultTreatment}.`,
    killed === false && 'Restore: the rules hold again.',
    trackImpressions === true && 'Track impressions again.',
    trackImpressions === false && 'Impressions are counted, no longer sent one by one.',
    defaultTreatment !== undefined && `Default treatment: ${before.defaultTreatment} → ${defaultTreatment}.`,
    trafficAllocation !== undefined && `Share of traffic: ${before.trafficAllocation} % → ${trafficAllocation} %.`,
    ...Object.keys({ ...before.configurations, ...configurations }).map(
      (name) =>
        configurations !== undefined &&
        (before.configurations[name] ?? '') !== (configurations[name] ?? '') &&
        `Configuration of ${name}: ${configurations[name]?.trim() ? 'changed' : 'removed'}.`,
    ),
    change.prerequisites !== undefined &&
      `Prerequisites: ${required(before.prerequisites)} → ${required(change.prerequisites)}.`,
    change.sets !== undefined && `Flag sets: ${names(before.sets)} → ${names(change.sets)}.`,
    change.individualTargets !== undefined &&
      `Individual targets: ${targeted(before.individualTargets)} → ${targeted(change.individualTargets)}.`,
    ...(change.rules ? ruleChanges(before.rules.map(ruleText), after(before, change.rules).map(ruleText)) : []),
    defaultRule !== undefined && `Everyone else: ${split(before.defaultRule)} → ${split(defaultRule)}.`,
  ]
  return lines.filter((line) => line !== false)
}
