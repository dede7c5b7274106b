import type { ExcludedSegment, SegmentChange, SegmentForm } from '../server/segmentForm'
import { conditionDraft, matcherOf, newCondition, nextId, wordsOf, type ConditionDraft } from './conditionDraft'
import { comparable, keysOf } from './flagDraft'
import { ruleChanges } from './ruleChanges'

export interface SegmentRuleDraft {
  id: number
  label: string
  /** Index of the condition in the definition; a new rule has none. */
  index?: number
  conditions?: ConditionDraft[]
}

/** A rule-based segment as the fields of its editor have it. */
export interface SegmentDraft {
  keys: string
  /** Names of segments by type, with commas between them. */
  excluded: Record<ExcludedSegment['type'], string>
  rules: readonly SegmentRuleDraft[]
}

export const newSegmentRule = (): SegmentRuleDraft => ({ id: nextId(), label: '', conditions: [newCondition()] })

/** The content of the fields before anybody changed anything. */
export function draftOf({ excludedKeys, excludedSegments, rules }: SegmentForm): SegmentDraft {
  const of = (type: ExcludedSegment['type']) =>
    excludedSegments
      .filter((each) => each.type === type)
      .map(({ name }) => name)
      .join(', ')
  return {
    keys: excludedKeys.join(', '),
    excluded: { standard: of('standard'), large: of('large'), 'rule-based': of('rule-based') },
    rules: rules.map(({ label, matchers, index }) => ({
      id: nextId(),
      label,
      index,
      ...(matchers && { conditions: matchers.map(conditionDraft) }),
    })),
  }
}

/** The change that is to be saved: the members that differ from what is served. */
export function changeOf(form: SegmentForm, draft: SegmentDraft): SegmentChange {
  const before = draftOf(form)
  const differs = (member: keyof SegmentDraft) => comparable(before[member]) !== comparable(draft[member])
  const excluded = Object.entries(draft.excluded) as [ExcludedSegment['type'], string][]
  return {
    ...(differs('keys') && { excludedKeys: keysOf(draft.keys) }),
    ...(differs('excluded') && {
      excludedSegments: excluded.flatMap(([type, text]) => keysOf(text).map((name) => ({ type, name }))),
    }),
    ...(differs('rules') && {
      rules: draft.rules.map(({ conditions, index }) =>
        conditions ? { matchers: conditions.map(matcherOf) } : { ...(index !== undefined && { index }) },
      ),
    }),
  }
}

/** The labels that the rules will get. */
const labels = ({ rules, trafficType }: SegmentForm, changed: NonNullable<SegmentChange['rules']>) =>
  changed.map(({ matchers, index }) =>
    matchers
      ? wordsOf(matchers, trafficType) || 'no condition yet'
      : (rules.find((rule) => rule.index === index)?.label ?? ''),
  )

/** A change in sentences, for a reader who is about to save it or looks at the history. */
export function segmentSummary(before: SegmentForm, change: SegmentChange): string[] {
  const { excludedKeys, excludedSegments, rules } = change
  const names = (list: readonly string[]) => list.join(', ') || 'none'
  const lines: (string | false)[] = [
    excludedKeys !== undefined && `Excluded keys: ${names(before.excludedKeys)} → ${names(excludedKeys)}.`,
    excludedSegments !== undefined &&
      `Excluded segments: ${names(before.excludedSegments.map(({ name }) => name))} → ${names(excludedSegments.map(({ name }) => name))}.`,
    ...(rules
      ? ruleChanges(
          before.rules.map(({ label }) => label),
          labels(before, rules),
        )
      : []),
  ]
  return lines.filter((line) => line !== false)
}
