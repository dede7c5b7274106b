import type { Evaluation } from '../evaluation/types'
import type { CountCell } from './counter'

/** When one key was last given one outcome of one flag, and where its repetitions are counted. */
export interface Sighting {
  /** Epoch ms; -1 before the first. */
  time: number
  cell: CountCell | undefined
}

export interface Observer {
  /** What is known of this key and outcome: same flag, treatment, label and version. */
  sighting(matchingKey: string, evaluation: Evaluation): Sighting
}

interface ObservedKey {
  // By identity first: outcomes are interned, so that a repeated decision builds no text and hashes nothing. A definition
  // that was compiled again gives new objects, which are found once by their content.
  readonly byEvaluation: WeakMap<Evaluation, Sighting>
  readonly byContent: Map<string, Sighting>
}

// Limits of memory, far from what a page has. Beyond them the longest known is forgotten, and may be sent once more.
const MAX_KEYS = 1_000
const MAX_OUTCOMES = 50_000
const MAX_UNKNOWN_NAMES = 10_000

/** Remembers, per matching key, when each outcome was last seen. Exact: no hashes, no limit on the number of flags. */
export function createObserver(): Observer {
  const keys = new Map<string, ObservedKey>()
  // Names without a definition are anything that a page may come up with: kept apart, so that they cannot
  // drive out what is known.
  const unknown = new Map<string, Sighting>()
  // Almost every page has one key: asking for it again costs a comparison.
  let lastKey: string | undefined
  let lastObserved!: ObservedKey

  const observed = (matchingKey: string): ObservedKey => {
    let found = keys.get(matchingKey)
    if (!found) {
      keys.set(matchingKey, (found = { byEvaluation: new WeakMap(), byContent: new Map() }))
      forgetFirst(keys, MAX_KEYS)
    }
    lastKey = matchingKey
    return (lastObserved = found)
  }

  const byContent = (matchingKey: string, key: ObservedKey, evaluation: Evaluation): Sighting => {
    const { flag, treatment, label, changeNumber } = evaluation
    const isUnknown = changeNumber === undefined
    const known = isUnknown ? unknown : key.byContent
    const content = JSON.stringify([flag, treatment, label, isUnknown ? matchingKey : changeNumber])
    let sighting = known.get(content)
    if (!sighting) {
      known.set(content, (sighting = { time: -1, cell: undefined }))
      forgetFirst(known, isUnknown ? MAX_UNKNOWN_NAMES : MAX_OUTCOMES)
    }
    // Not for unknown names: their objects are kept by nobody.
    if (!isUnknown) key.byEvaluation.set(evaluation, sighting)
    return sighting
  }

  return {
    sighting(matchingKey, evaluation) {
      const key = matchingKey === lastKey ? lastObserved : observed(matchingKey)
      return key.byEvaluation.get(evaluation) ?? byContent(matchingKey, key, evaluation)
    },
  }
}

function forgetFirst<Value>(map: Map<string, Value>, most: number): void {
  if (map.size > most) map.delete(map.keys().next().value as string)
}
