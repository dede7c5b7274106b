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

/** What is known of one key. */
interface ObservedKey {
  // By identity first: outcomes are interned, so that a repeated decision builds no text. A definition that was compiled again
  // gives new objects, which are found once by their content.
  readonly byEvaluation: WeakMap<Evaluation, Sighting>
  readonly byContent: Map<string, Sighting>
}

// Limits of memory, far from what a page has. Beyond them the longest known is forgotten, and may be sent once more.
const MAX_KEYS = 1_000
const MAX_OUTCOMES_OF_A_KEY = 50_000
const MAX_UNKNOWN_NAMES = 10_000

/** Remembers, per matching key, when each outcome was last seen. Exact: no hashes, no limit on the number of flags. */
export function createObserver(): Observer {
  const keys = new Map<string, ObservedKey>()
  // Names without a definition are anything that a page may come up with: kept apart, so that they cannot
  // drive out what is known.
  const unknown = new Map<string, Sighting>()
  // Almost every page has one key: asking for it again costs a comparison.
  let lastKey: string | undefined
  let observed!: ObservedKey

  return {
    sighting(matchingKey, evaluation) {
      if (matchingKey !== lastKey) {
        observed = known(keys, matchingKey, MAX_KEYS, () => ({ byEvaluation: new WeakMap(), byContent: new Map() }))
        lastKey = matchingKey
      }
      const { byEvaluation, byContent } = observed
      let sighting = byEvaluation.get(evaluation)
      if (!sighting) {
        const { flag, treatment, label, changeNumber } = evaluation
        const content = [flag, treatment, label, changeNumber, matchingKey].join('\0')
        sighting =
          changeNumber === undefined
            ? known(unknown, content, MAX_UNKNOWN_NAMES, unseen)
            : known(byContent, content, MAX_OUTCOMES_OF_A_KEY, unseen)
        byEvaluation.set(evaluation, sighting)
      }
      return sighting
    },
  }
}

function unseen(): Sighting {
  return { time: -1, cell: undefined }
}

/** The value of a key, made where there is none. The longest known is forgotten then, if there are too many. */
function known<Value>(map: Map<string, Value>, key: string, most: number, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    map.set(key, (value = make()))
    if (map.size > most) map.delete(map.keys().next().value as string)
  }
  return value
}
