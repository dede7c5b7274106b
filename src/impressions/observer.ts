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

/** A sighting of a flag with a definition, and of what. */
interface Outcome extends Sighting {
  readonly treatment: string
  readonly label: string
  readonly changeNumber: number
}

interface ObservedKey {
  // By identity first: outcomes are interned, so that a repeated decision builds no text and hashes nothing. A definition
  // that was compiled again gives new objects, which are found once by their content.
  readonly byEvaluation: WeakMap<Evaluation, Sighting>
  readonly byFlag: Map<string, Outcome[]>
}

// Limits of memory, far from what a page has. Beyond them the longest known is forgotten, and may be sent once more.
const MAX_KEYS = 1_000
const MAX_FLAGS = 50_000
const MAX_OUTCOMES_OF_A_FLAG = 1_000
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
      keys.set(matchingKey, (found = { byEvaluation: new WeakMap(), byFlag: new Map() }))
      forgetFirst(keys, MAX_KEYS)
    }
    lastKey = matchingKey
    return (lastObserved = found)
  }

  const byContent = (key: ObservedKey, evaluation: Evaluation, changeNumber: number): Sighting => {
    const { flag, treatment, label } = evaluation
    let outcomes = key.byFlag.get(flag)
    if (!outcomes) {
      key.byFlag.set(flag, (outcomes = []))
      forgetFirst(key.byFlag, MAX_FLAGS)
    }
    let sighting = outcomes.find(
      (known) => known.treatment === treatment && known.label === label && known.changeNumber === changeNumber,
    )
    if (!sighting) {
      sighting = { time: -1, cell: undefined, treatment, label, changeNumber }
      if (outcomes.push(sighting) > MAX_OUTCOMES_OF_A_FLAG) outcomes.shift()
    }
    key.byEvaluation.set(evaluation, sighting)
    return sighting
  }

  const ofUnknown = (matchingKey: string, { flag, treatment, label }: Evaluation): Sighting => {
    const content = JSON.stringify([flag, treatment, label, matchingKey])
    let sighting = unknown.get(content)
    if (!sighting) {
      unknown.set(content, (sighting = { time: -1, cell: undefined }))
      forgetFirst(unknown, MAX_UNKNOWN_NAMES)
    }
    return sighting
  }

  return {
    sighting(matchingKey, evaluation) {
      const { changeNumber } = evaluation
      // Their objects are kept by nobody, so that identity finds nothing.
      if (changeNumber === undefined) return ofUnknown(matchingKey, evaluation)
      const key = matchingKey === lastKey ? lastObserved : observed(matchingKey)
      return key.byEvaluation.get(evaluation) ?? byContent(key, evaluation, changeNumber)
    },
  }
}

function forgetFirst<Value>(map: Map<string, Value>, most: number): void {
  if (map.size > most) map.delete(map.keys().next().value as string)
}
