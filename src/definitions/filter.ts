import { arrayOf } from '../shared/arrayOf'
import { encodeText } from '../shared/encodeText'
import { FLAG_SET } from '../shared/flagSet'
import type { Definition } from './types'

/** The filter that says which flags are downloaded. */
export interface Filter {
  /** The filter's part of a request's query, with `&` in front; empty without a filter. It also tells caches of different filters apart. */
  readonly query: string
  readonly accepts: (flag: Definition) => boolean
}

/** The settings that say which flags are downloaded. */
export interface FilterSettings {
  readonly flagSets?: readonly string[] | undefined
  readonly flagNames?: readonly string[] | undefined
  readonly flagPrefixes?: readonly string[] | undefined
}

export function createFilter({ flagSets = [], flagNames = [], flagPrefixes = [] }: FilterSettings): Filter {
  const wanted = {
    sets: clean(flagSets.map((set) => set.toLowerCase())).filter((set) => FLAG_SET.test(set)),
    // The service looks at nothing else where flag sets are given.
    names: flagSets.length ? [] : clean(flagNames),
    prefixes: flagSets.length ? [] : clean(flagPrefixes),
  }
  // The commas between the values are not encoded, as in requests of the official SDK.
  const query = (['sets', 'names', 'prefixes'] as const)
    .filter((type) => wanted[type].length)
    .map((type) => `&${type}=${wanted[type].map(encodeText).join(',')}`)
    .join('')

  return {
    query,
    accepts: (flag) =>
      !query ||
      (wanted.sets.length
        ? arrayOf<string>(flag.sets).some((set) => wanted.sets.includes(set))
        : wanted.names.includes(flag.name) || wanted.prefixes.some((prefix) => flag.name.startsWith(prefix))),
  }
}

function clean(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()))].filter(Boolean).sort()
}
