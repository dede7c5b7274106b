import { decode } from '../../conformance/decode'
import { definitionsOf } from '../../conformance/definitionsOf'
import { createSubject, evaluate, evaluatorDoor } from '../../../src/evaluation/evaluate'
import { createExplain } from '../../../src/late/explain/explain'
import type { Attributes } from '../../../src/evaluation/types'

/** The part of a group of rows of test/conformance that is needed here. */
export interface Group {
  definitions: { name: string }[]
  rbs?: { name: string }[]
  memberships?: Record<string, { s?: string[]; l?: string[] }>
  calls: { key: string; bk?: string; flag: string; attrs?: unknown }[]
}

/** What pennon answers to these calls, one line each: the same wherever it runs. */
export function answers(groups: Group[]): string {
  const explain = createExplain(evaluatorDoor)
  const lines: string[] = []
  for (const { definitions, rbs, memberships = {}, calls } of groups) {
    const snapshot = definitionsOf(definitions, rbs)
    for (const { key, bk, flag, attrs } of calls) {
      const { s, l } = memberships[key] ?? {}
      const subject = createSubject(key, bk, new Set(s), new Set(l))
      const attributes = decode(attrs) as Attributes | undefined
      const { treatment, label, config, changeNumber } = evaluate(flag, subject, attributes, snapshot)
      const { ruleIndex, bucket } = explain(flag, subject, attributes, snapshot)
      lines.push([flag, key, treatment, label, config, changeNumber, ruleIndex, bucket].join(' | '))
    }
  }
  return lines.join('\n')
}
