import { arrayOf } from '../shared/arrayOf'
import type { Sink } from '../shared/types'
import type { UniqueKeyItem } from './types'

export interface UniqueKeys {
  add(key: string, flag: string): void
  /** Hands over what was added since the last call. */
  takeKeys(): UniqueKeyItem[]
}

/**
 * Remembers which flags each key was given while tracking was off. `onDirty` is called on the first pair after each
 * `takeKeys`.
 */
export function createUniqueKeys(onDirty: Sink['dirty']): UniqueKeys {
  // Keys such as `constructor` or `__proto__` are ordinary in maps and sets.
  let flagsByKey = new Map<string, Set<string>>()

  return {
    add(key, flag) {
      let flags = flagsByKey.get(key)
      if (!flags) {
        flagsByKey.set(key, (flags = new Set()))
        if (flagsByKey.size === 1) onDirty('uniqueKeys')
      }
      flags.add(flag)
    },
    takeKeys() {
      const taken = [...flagsByKey].map(([k, flags]) => ({ k, fs: [...flags] }))
      flagsByKey = new Map()
      return taken
    },
  }
}

/** Joins the flags of equal keys, in the order of their first appearance. */
export function mergeUniqueKeys(items: readonly UniqueKeyItem[]): UniqueKeyItem[] {
  const joined = createUniqueKeys(() => undefined)
  for (const { k, fs } of items) for (const flag of arrayOf<string>(fs)) joined.add(k, flag)
  return joined.takeKeys()
}
