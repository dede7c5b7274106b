import { arrayOf } from '../shared/arrayOf'
import { stringify } from '../shared/json'
import type { CachedTexts, Definition, Entry, Traits } from './types'

/**
 * Makes an entry. All entries have the same shape, so that look-ups stay fast.
 *
 * @param texts the texts of the cache, for a definition that comes from there
 * @param at its place among them
 */
export function createEntry<Compiled>(
  name: string,
  raw: Definition | undefined,
  texts?: CachedTexts,
  at = 0,
): Entry<Compiled> {
  return { name, raw, texts, at, traits: undefined, generation: texts?.generation, compiled: undefined }
}

/** The definition; undefined when the cache's text is not what its index says. */
export function rawOf(entry: Entry): Definition | undefined {
  try {
    const raw = (entry.raw ?? JSON.parse(textOf(entry))) as Definition
    if (raw.name === entry.name) entry.raw = raw
  } catch {
    // A text that is no JSON is as wrong as the definition of another flag.
  }
  return entry.raw
}

/** The definition as JSON; the very text of the cache, for one that comes from there. */
export function textOf({ raw, texts, at }: Entry): string {
  return texts ? new TextDecoder().decode(texts.bytes.subarray(texts.starts[at], texts.starts[at + 1])) : stringify(raw)
}

export function traitsOf(entry: Entry): Traits {
  const { texts, at, raw } = entry
  return (entry.traits ??= texts?.traits[texts.trait[at] as number] ?? readTraits(raw as Definition))
}

function readTraits({ conditions, excluded, trafficTypeName, sets }: Definition): Traits {
  return {
    usesSegments:
      arrayOf((excluded as { segments?: unknown } | null)?.segments).length > 0 ||
      arrayOf<{ matcherGroup?: { matchers?: unknown } } | null>(conditions).some((condition) =>
        arrayOf<{ matcherType?: unknown } | null>(condition?.matcherGroup?.matchers).some((matcher) =>
          ['IN_SEGMENT', 'IN_LARGE_SEGMENT'].includes(matcher?.matcherType as string),
        ),
      ),
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    sets: arrayOf(sets).filter((set) => typeof set === 'string'),
  }
}
