import { arrayOf } from '../shared/arrayOf'
import { stringify } from '../shared/json'
import { createEntry, rawOf, textOf } from './entry'
import type { Definition, Entry } from './types'

/**
 * The definitions of one kind, flags or rule-based segments: the latest ones of the service (`fresh`), and those that decide (`shown`).
 * The two differ while updates are held back.
 */
export interface DefinitionTable<Compiled> {
  /** The change number of the latest definitions; -1 when nothing is known, or what is known may be wrong. */
  changeNumber(): number
  /** A shown definition, ready to decide. */
  readonly get: (name: string) => Compiled | undefined
  /** A shown definition, as the service sent it. */
  readonly raw: (name: string) => Definition | undefined
  shown(): ReadonlyMap<string, Entry<Compiled>>
  fresh(): ReadonlyMap<string, Entry<Compiled>>
  /**
   * Applies what changed since the change number `since`; -1 stands for everything, so that what is not in it is removed. An answer that
   * is out of date, or that leaves a gap after what is known, changes nothing.
   *
   * @param isReset the service started anew: everything is replaced, even by lower change numbers
   * @returns the shown names that changed
   */
  put(half: Half | null | undefined, since: number | undefined, isReset: boolean): string[]
  /** Puts one definition in the place of an older one. @returns its name, if it is shown */
  replace(raw: Definition): string[]
  /**
   * Replaces everything by what the cache has. While changes are held back, only its kills are shown.
   *
   * @returns the shown names that changed
   */
  load(entries: ReadonlyMap<string, Entry>, till: number): string[]
  /** Forgets the change number: what is known may be wrong, so that the next answer has to replace everything. */
  distrust(): void
  /** From now on changes are not shown, except kills. */
  hold(): void
  /** Shows the latest definitions. @returns the names that changed by that */
  readonly showLatest: () => string[]
}

/** The part of an answer that concerns one kind of definitions. */
export interface Half {
  /** The definitions that changed. */
  d?: unknown
  /** The change number that they bring. */
  t?: unknown
}

/**
 * @param onCorrupt called when a text of the cache is not what its index says
 * @param accepts whether a definition is one of those asked for
 */
export function createDefinitionTable<Compiled>(
  compile: (raw: Definition, name: string) => Compiled,
  onCorrupt: () => void,
  accepts: (raw: Definition) => boolean = () => true,
): DefinitionTable<Compiled> {
  let changeNumber = -1
  let fresh = new Map<string, Entry<Compiled>>()
  let shown = fresh
  /** Names whose text in the cache was no definition. What arrives for them is shown at once: nothing that was right changes by it. */
  const corrupt = new Set<string>()

  const parsed = (entry: Entry<Compiled> | undefined): Definition | undefined => {
    const raw = entry && rawOf(entry)
    if (entry && !raw) {
      fresh.delete(entry.name)
      shown.delete(entry.name)
      corrupt.add(entry.name)
      onCorrupt()
    }
    return raw
  }
  const replace = (raw: Definition): string[] => {
    const { name } = raw
    const entry = createEntry<Compiled>(name, raw)
    fresh.set(name, entry)
    const wasCorrupt = corrupt.delete(name)
    if (shown !== fresh && !wasCorrupt) return showKill(entry)
    shown.set(name, entry)
    return [name]
  }
  /** A kill is shown at once, whatever else is held back. @returns its name, if it is one of a shown definition */
  const showKill = (entry: Entry<Compiled>): string[] => {
    const { name } = entry
    return shown.has(name) && rawOf(entry)?.killed && shown.set(name, entry) ? [name] : []
  }
  const remove = (name: string): string[] => (fresh.delete(name) && shown === fresh ? [name] : [])
  const showLatest = (): string[] => {
    const old = shown
    shown = fresh
    const names = [...fresh.keys()]
    // All definitions are new at the start of a page, and comparing many would take time that is felt.
    if (!old.size) return names
    return [...new Set([...old.keys(), ...names])].filter((name) => old.get(name) !== fresh.get(name))
  }

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

    put(half, since, isReset) {
      const till = half?.t as number
      if (!Number.isSafeInteger(till) || (!isReset && (till < changeNumber || (since ?? -1) > changeNumber))) return []
      changeNumber = till
      const left = new Set(isReset || since === -1 ? fresh.keys() : [])
      const names = arrayOf<Partial<Definition> | null>(half?.d).flatMap((raw) => {
        if (!isDefinition(raw)) return []
        const { name } = raw
        const old = fresh.get(name)
        left.delete(name)
        try {
          // Only a kill that came ahead of its definition makes a known one newer than what arrives.
          const isOlder = !isReset && (raw.changeNumber as number) < (old?.raw?.changeNumber as number)
          // An unchanged definition that arrives again keeps what was compiled and decided.
          if (isOlder || (old && textOf(old) === stringify(raw))) return []
        } catch {
          // A change number may be an object without a text, and a definition nested too deep to be written as one.
        }
        return raw.status === 'ARCHIVED' || !accepts(raw) ? remove(name) : replace(raw)
      })
      return [...names, ...[...left].flatMap(remove)]
    },
    replace,
    load(entries, till) {
      const isShown = shown === fresh
      fresh = entries as typeof fresh
      changeNumber = till
      return isShown ? showLatest() : [...fresh.values()].flatMap(showKill)
    },
    distrust() {
      changeNumber = -1
    },
    hold() {
      if (shown === fresh) shown = new Map(fresh)
    },
    showLatest,
  }
}

function isDefinition(raw: Partial<Definition> | null): raw is Definition {
  return typeof raw?.name === 'string'
}
