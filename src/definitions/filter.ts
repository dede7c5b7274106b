import { arrayOf } from '../shared/arrayOf'
import { encodeText } from './encodeText'
import type { Definition } from './types'

/** Which flags are downloaded. */
export interface Filter {
  /** The filter's part of a request's query, with `&` in front; empty without a filter. It also tells caches of different filters apart. */
  readonly query: string
  readonly accepts: (flag: Definition) => boolean
}

interface FilterParts {
  sets?: readonly string[] | undefined
  names?: readonly string[] | undefined
  prefixes?: readonly string[] | undefined
}

/** What the service allows as the name of a flag set. */
export const FLAG_SET = /^[a-z0-9][_a-z0-9]{0,49}$/

export function createFilter({ sets = [], names = [], prefixes = [] }: FilterParts): Filter {
  const wanted = {
    sets: clean(sets.map((set) => set.toLowerCase())).filter((set) => FLAG_SET.test(set)),
    // The service looks at nothing else where flag sets are given.
    names: sets.length ? [] : clean(names),
    prefixes: sets.length ? [] : clean(prefixes),
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
