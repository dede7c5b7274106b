import type { CachedDefinitions, Definition, Entry, Traits } from './types'

export function createEntry<Compiled>(raw: Definition): Entry<Compiled> {
  return entryOf(raw.name, raw, undefined, 0)
}

export function createCachedEntry<Compiled>(
  name: string,
  cached: CachedDefinitions,
  position: number,
): Entry<Compiled> {
  return entryOf(name, undefined, cached, position)
}

/** The definition; undefined when the cache's text is not what its index says. */
export function rawOf(entry: Entry): Definition | undefined {
  if (!entry.raw) {
    try {
      const raw = JSON.parse(textOf(entry)) as Definition
      if (raw.name === entry.name) entry.raw = raw
    } catch {
      // Not JSON: as wrong as another flag's definition.
    }
  }
  return entry.raw
}

/** The definition as JSON, the very text of the cache where it came from there. */
export function textOf({ raw, cached, position }: Entry): string {
  return cached ? cached.text(position) : JSON.stringify(raw)
}

export function traitsOf(entry: Entry): Traits {
  return (entry.traits ??= entry.cached ? entry.cached.traits(entry.position) : readTraits(entry.raw as Definition))
}

// One shape for all, so that look-ups stay fast.
function entryOf<Compiled>(
  name: string,
  raw: Definition | undefined,
  cached: CachedDefinitions | undefined,
  position: number,
): Entry<Compiled> {
  return { name, raw, compiled: undefined, traits: undefined, cached, position, generation: cached?.generation }
}

interface Condition {
  matcherGroup?: { matchers?: unknown }
}

function readTraits({ conditions, excluded, trafficTypeName, sets }: Definition): Traits {
  return {
    usesSegments:
      list((excluded as { segments?: unknown } | null)?.segments).length > 0 ||
      list(conditions).some((condition) =>
        list((condition as Condition | null)?.matcherGroup?.matchers).some((matcher) =>
          /^IN_(LARGE_)?SEGMENT$/.test(String((matcher as { matcherType?: unknown } | null)?.matcherType)),
        ),
      ),
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    sets: list(sets).filter((set) => typeof set === 'string'),
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
