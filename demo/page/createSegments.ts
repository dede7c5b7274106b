import { computed, signal } from '@preact/signals'
import type { ExcludedSegment, SegmentChange, SegmentForm } from '../server/segmentForm'
import { conditionDraft, matcherOf, newCondition, nextId, type ConditionDraft } from './conditionDraft'
import { inEnvironment } from './environment'
import { comparable, keysOf } from './flagDraft'
import { request } from './request'

export interface SegmentRuleDraft {
  id: number
  label: string
  /** Of the condition in the definition; a new rule has none. */
  index?: number
  conditions?: ConditionDraft[]
}

/** A rule-based segment as it stands in the fields of its editor. */
export interface SegmentDraft {
  keys: string
  /** By type, with commas. */
  excluded: Record<ExcludedSegment['type'], string>
  rules: readonly SegmentRuleDraft[]
}

export const newSegmentRule = (): SegmentRuleDraft => ({ id: nextId(), label: '', conditions: [newCondition()] })

/** The rule-based segments of the environment, and the one that is edited. */
export function createSegments() {
  const segments = signal<readonly SegmentForm[]>([])
  const chosen = signal('')
  const draft = signal<SegmentDraft | undefined>(undefined)
  const status = signal('')
  const error = signal('')
  const segment = computed(() => segments.value.find(({ name }) => name === chosen.value))
  /** What is to be saved. */
  const change = computed((): SegmentChange =>
    segment.value && draft.value ? changeOf(segment.value, draft.value) : {},
  )

  async function load() {
    const found = await request<SegmentForm[]>(`/qa/segments?${inEnvironment()}`)
    segments.value = found.sort((a, b) => a.name.localeCompare(b.name))
  }

  function choose(name: string) {
    chosen.value = name
    error.value = status.value = ''
    discard()
  }

  function discard() {
    draft.value = segment.value && draftOf(segment.value)
  }

  /** Does what a person asked for, and says what became of it. */
  async function attempt(work: () => Promise<string>) {
    error.value = status.value = ''
    try {
      const said = await work()
      await load()
      discard()
      status.value = said
    } catch (fault) {
      error.value = `Not saved: ${(fault as Error).message}.`
    }
  }

  const patch = (body: object) =>
    request(`/qa/segments/${encodeURIComponent(chosen.value)}?${inEnvironment()}`, {
      method: 'PATCH',
      body: { ...body, changeNumber: segment.value?.changeNumber },
    })

  return {
    segments,
    segment,
    draft,
    change,
    status,
    error,
    load,
    choose,
    discard,

    save: () =>
      attempt(async () => {
        await patch(change.value)
        return 'Saved, and on its way to the open pages.'
      }),

    archive: () =>
      attempt(async () => {
        await patch({ archived: true })
        return `${chosen.value} is archived.`
      }),

    create: (name: string) =>
      attempt(async () => {
        await request(`/qa/segments?${inEnvironment()}`, { method: 'POST', body: { name } })
        chosen.value = name
        return 'Created: nobody is in it before it has a rule.'
      }),
  }
}

export type Segments = ReturnType<typeof createSegments>

function draftOf({ excludedKeys, excludedSegments, rules }: SegmentForm): SegmentDraft {
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

function changeOf(form: SegmentForm, draft: SegmentDraft): SegmentChange {
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

/** A change in sentences, for who is about to save it. */
export function segmentSummary(before: SegmentForm, change: SegmentChange): string[] {
  const { excludedKeys, excludedSegments, rules } = change
  const names = (list: readonly string[]) => list.join(', ') || 'none'
  const lines: (string | false)[] = [
    excludedKeys !== undefined && `Excluded keys: ${names(before.excludedKeys)} → ${names(excludedKeys)}.`,
    excludedSegments !== undefined &&
      `Excluded segments: ${names(before.excludedSegments.map(({ name }) => name))} → ${names(excludedSegments.map(({ name }) => name))}.`,
    rules !== undefined && `Rules: ${before.rules.length} → ${rules.length}, or their contents.`,
  ]
  return lines.filter((line) => line !== false)
}
