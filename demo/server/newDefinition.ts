import { EditError } from './EditError'
import type { Definition } from './types'

/** The names that the service takes for flags. */
const namePattern = /^[a-zA-Z][\w-]*$/
const maxNameLength = 100

/**
 * A flag as it begins: everyone gets `off`. A copy begins as what it is copied from. Throws an `EditError` that says what is wrong.
 *
 * @param wanted `{ name, trafficType?, copyOf? }`, as it came
 */
export function newFlag(wanted: unknown, flagOf: (name: string) => Definition | undefined): Definition {
  const { trafficType = 'user', copyOf } = (wanted ?? {}) as Record<string, unknown>
  const name = newName(wanted)
  const taken = flagOf(name)
  if (taken)
    throw new EditError(taken.status === 'ARCHIVED' ? `${name} is archived` : `there is a flag ${name} already`)
  if (typeof trafficType !== 'string' || !trafficType.trim()) throw new EditError('a traffic type is needed')
  if (copyOf !== undefined) {
    const original = typeof copyOf === 'string' ? flagOf(copyOf) : undefined
    if (!original) throw new EditError('there is no such flag to copy')
    return { ...structuredClone(original), name }
  }
  const seed = () => Math.floor(Math.random() * 2 ** 31)
  return {
    name,
    trafficTypeName: trafficType.trim(),
    status: 'ACTIVE',
    killed: false,
    defaultTreatment: 'off',
    trafficAllocation: 100,
    trafficAllocationSeed: seed(),
    seed: seed(),
    algo: 2,
    sets: [],
    configurations: {},
    conditions: [
      {
        conditionType: 'ROLLOUT',
        matcherGroup: {
          combiner: 'AND',
          matchers: [{ keySelector: null, matcherType: 'ALL_KEYS', negate: false }],
        },
        partitions: [
          { treatment: 'on', size: 0 },
          { treatment: 'off', size: 100 },
        ],
        label: 'default rule',
      },
    ],
  }
}

/** A rule-based segment as it begins: nobody is in it. */
export function newSegment(wanted: unknown, segmentOf: (name: string) => Definition | undefined): Definition {
  const name = newName(wanted)
  const taken = segmentOf(name)
  if (taken)
    throw new EditError(taken.status === 'ARCHIVED' ? `${name} is archived` : `there is a segment ${name} already`)
  return {
    name,
    status: 'ACTIVE',
    trafficTypeName: 'user',
    excluded: { keys: [], segments: [] },
    conditions: [],
  }
}

function newName(wanted: unknown): string {
  const { name } = (wanted ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || !namePattern.test(name) || name.length > maxNameLength)
    throw new EditError('a name begins with a letter, and has letters, digits, - and _: at most 100')
  return name
}
