import type { Evaluation } from '../evaluation/types'
import type { CountCell } from './counter'

/** The time when one key was last given one outcome of one flag, and the cell where its repetitions are counted. */
export interface LastSeen {
  /** The outcome as it was last seen. */
  evaluation: Evaluation
  /** The time when it was last seen, epoch ms; -1 before the first. */
  time: number
  cell: CountCell | undefined
  /** Another outcome of the same flag. */
  next: LastSeen | undefined
}

export interface Observer {
  /** The record of this key and outcome: same flag, treatment, label and version. */
  lastSeen(matchingKey: string, evaluation: Evaluation): LastSeen
  /** Forgets everything. */
  forget(): void
}

/** The last outcome of each flag, which leads to the others. */
type Outcomes = Map<string, LastSeen>

// These limit memory, far above what a page needs. Beyond them the oldest is forgotten, and may be sent once more.
const MAX_KEYS = 1_000
const MAX_FLAGS_OF_A_KEY = 50_000
const MAX_UNKNOWN_NAMES = 10_000
/** A flag comes to a few treatments; a page that stays open for days sees versions of it as well. */
const MAX_OUTCOMES_OF_A_FLAG = 50

/**
 * Remembers, per matching key, when each outcome was last seen. It is exact: no hashes, no limit on the number of flags.
 */
export function createObserver(): Observer {
  const keys = new Map<string, Outcomes>()
  // Names without a definition may be anything that a page makes up. They are kept apart, so that they cannot drive out
  // what is known of real flags.
  const unknown: Outcomes = new Map()
  // Almost every page has one key, so the last one is remembered: asking for it again costs a comparison.
  let lastKey: string | undefined
  let observed!: Outcomes

  return {
    lastSeen(matchingKey, evaluation) {
      if (matchingKey !== lastKey) {
        observed = keys.get(matchingKey) ?? put(keys, matchingKey, new Map(), MAX_KEYS)
        lastKey = matchingKey
      }
      const { flag, changeNumber } = evaluation
      if (changeNumber === undefined)
        return lastSeenIn(unknown, `${flag}\0${matchingKey}`, evaluation, MAX_UNKNOWN_NAMES)
      return lastSeenIn(observed, flag, evaluation, MAX_FLAGS_OF_A_KEY)
    },
    forget() {
      keys.clear()
      unknown.clear()
      lastKey = undefined
    },
  }
}

function lastSeenIn(outcomes: Outcomes, name: string, evaluation: Evaluation, most: number): LastSeen {
  const last = outcomes.get(name)
  // Outcomes are interned, so that most are found by identity.
  if (last?.evaluation === evaluation) return last
  const { flag, treatment, label, changeNumber } = evaluation
  let count = 0
  let kept: LastSeen | undefined
  for (let known = last; known; known = known.next) {
    const outcome = known.evaluation
    if (
      outcome.treatment === treatment &&
      outcome.label === label &&
      outcome.changeNumber === changeNumber &&
      outcome.flag === flag
    ) {
      // A definition that was compiled again gives new objects.
      known.evaluation = evaluation
      return known
    }
    if (++count < MAX_OUTCOMES_OF_A_FLAG) kept = known
  }
  if (kept) kept.next = undefined
  return put(outcomes, name, { evaluation, time: -1, cell: undefined, next: last }, most)
}

/** Adds a value, and forgets the oldest if there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value, most: number): Value {
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value as string)
  return value
}
