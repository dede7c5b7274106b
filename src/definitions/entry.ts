import { arrayOf } from '../shared/arrayOf'
import type { Definition, Entry, Traits } from './types'

/** One shape for all, so that look-ups stay fast. */
export function createEntry<Compiled>(
  name: string,
  raw: Definition | undefined,
  text?: string,
  traits?: Traits,
  generation?: string,
): Entry<Compiled> {
  return { name, raw, text, traits, generation, compiled: undefined }
}

/** The definition; undefined when the cache's text is not what its index says. */
export function rawOf(entry: Entry): Definition | undefined {
  try {
    const raw = (entry.raw ?? JSON.parse(entry.text as string)) as Definition
    if (raw.name === entry.name) entry.raw = raw
  } catch {
    // Not JSON: as wrong as another flag's definition.
  }
  return entry.raw
}

/** The definition as JSON, the very text of the cache where it came from there. */
export function textOf({ raw, text }: Entry): string {
  return text ?? JSON.stringify(raw)
}

export function traitsOf(entry: Entry): Traits {
  return (entry.traits ??= readTraits(entry.raw as Definition))
}

function readTraits({ conditions, excluded, trafficTypeName, sets }: Definition): Traits {
  return {
    usesSegments:
      arrayOf((excluded as { segments?: unknown } | null)?.segments).length > 0 ||
      arrayOf<{ matcherGroup?: { matchers?: unknown } } | null>(conditions).some((condition) =>
        arrayOf<{ matcherType?: unknown } | null>(condition?.matcherGroup?.matchers).some((matcher) =>
          /^IN_(LARGE_)?SEGMENT$/.test(String(matcher?.matcherType)),
        ),
      ),
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    sets: arrayOf(sets).filter((set) => typeof set === 'string'),
  }
}
