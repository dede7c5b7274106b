import { createCachedEntry, createEntry, rawOf, textOf } from './entry'
import type { CachedDefinitions, Definition, Entry } from './types'

/** The definitions of one kind. Those of the service, and, while an update is held back, those that are shown. */
export interface Shelf<Compiled> {
  changeNumber(): number
  /** Shown definitions. */
  readonly get: (name: string) => Compiled | undefined
  readonly raw: (name: string) => Definition | undefined
  shown(): ReadonlyMap<string, Entry<Compiled>>
  /** The service's definitions. */
  fresh(): ReadonlyMap<string, Entry<Compiled>>
  /**
   * Takes what changed between `since` and `till`; of an unknown past (-1) everything. Out of date, or with a gap before
   * it, it changes nothing.
   *
   * @returns the shown names that changed
   */
  put(changed: readonly unknown[], since: number | undefined, till: unknown, isReset: boolean): string[]
  replace(raw: Definition): string[]
  load(cached: CachedDefinitions, kind: 0 | 1): string[]
  /** What is known may be wrong: the next answer replaces everything. */
  distrust(): void
  hold(): void
  readonly release: () => string[]
}

interface ShelfParts<Compiled> {
  compile: (raw: Definition, name: string) => Compiled
  accepts: (raw: Definition) => boolean
  /** A text of the cache was not what its index says. */
  onCorrupt: () => void
}

export function createShelf<Compiled>({ compile, accepts, onCorrupt }: ShelfParts<Compiled>): Shelf<Compiled> {
  let changeNumber = -1
  let fresh = new Map<string, Entry<Compiled>>()
  let shown = fresh

  const parsed = (entry: Entry<Compiled> | undefined): Definition | undefined => {
    const raw = entry && rawOf(entry)
    if (entry && !raw) {
      fresh.delete(entry.name)
      shown.delete(entry.name)
      onCorrupt()
    }
    return raw
  }

  // A kill is shown at once, whatever else is held back.
  const put = (raw: Definition): string[] => {
    const entry = createEntry<Compiled>(raw)
    fresh.set(raw.name, entry)
    if (shown !== fresh) {
      if (raw.killed !== true || !shown.has(raw.name)) return []
      shown.set(raw.name, entry)
    }
    return [raw.name]
  }
  const show = (): string[] => {
    const old = shown
    shown = fresh
    const names = [...fresh.keys()]
    // At the start of a page all are new; with many of them, comparing would be felt.
    if (!old.size) return names
    return [...new Set([...old.keys(), ...names])].filter((name) => old.get(name) !== fresh.get(name))
  }
  const remove = (name: string): string[] => (fresh.delete(name) && shown === fresh ? [name] : [])

  return {
    changeNumber: () => changeNumber,
    get(name) {
      const entry = shown.get(name)
      if (!entry || entry.compiled) return entry?.compiled
      const raw = parsed(entry)
      return raw && (entry.compiled = compile(raw, name))
    },
    raw: (name) => parsed(shown.get(name)),
    shown: () => shown,
    fresh: () => fresh,

    put(changed, since, till, isReset) {
      if (typeof till !== 'number' || !Number.isFinite(till)) return []
      if (!isReset && (till < changeNumber || (since ?? -1) > changeNumber)) return []
      changeNumber = till
      const names: string[] = []
      const left = new Set(isReset || since === -1 ? fresh.keys() : [])
      for (const raw of changed) {
        if (!isDefinition(raw)) continue
        const { name } = raw
        const old = fresh.get(name)
        left.delete(name)
        if (!isReset && isOlder(raw, old?.raw)) continue
        if (raw.status === 'ARCHIVED' || !accepts(raw)) names.push(...remove(name))
        // An unchanged definition that arrives again keeps what was compiled and decided.
        else if (!old || textOf(old) !== JSON.stringify(raw)) names.push(...put(raw))
      }
      for (const name of left) names.push(...remove(name))
      return names
    },
    replace: put,
    load(cached, kind) {
      const old = fresh
      const offset = kind && cached.names[0].length
      fresh = new Map()
      cached.names[kind].forEach((name, i) => fresh.set(name, createCachedEntry(name, cached, offset + i)))
      for (const name of cached.patch?.removed[kind] ?? []) fresh.delete(name)
      for (const raw of cached.patch?.changed[kind] ?? []) if (isDefinition(raw)) fresh.set(raw.name, createEntry(raw))
      changeNumber = kind ? cached.changeNumbers.ruleBasedSegments : cached.changeNumbers.flags
      return shown === old ? show() : []
    },
    distrust() {
      changeNumber = -1
    },
    hold() {
      if (shown === fresh) shown = new Map(fresh)
    },
    release: show,
  }
}

function isDefinition(raw: unknown): raw is Definition {
  return typeof raw === 'object' && raw !== null && typeof (raw as { name?: unknown }).name === 'string'
}

/** Only a kill that came ahead of its definition makes a known one newer than what arrives. */
function isOlder(raw: Definition, known: Definition | undefined): boolean {
  return typeof known?.changeNumber === 'number' && (raw.changeNumber as number) < known.changeNumber
}
