/** Treatments that have a colour of their own everywhere. */
const named = new Set(['on', 'off', 'control'])
/** Hues that a person can tell apart, in degrees: the first colour that comes twice is the 25th. */
const hues = Array.from({ length: 24 }, (_, index) => (index * 105) % 360)
const taken = new Map<string, number>()

/**
 * The class of a treatment that has a colour of its own, or its hue. Badges and charts ask here, so that both say the same. Of two
 * names that might get the same hue, the one that is asked about first gets it.
 */
export function treatmentColour(treatment: string): { name: string } | { hue: number } {
  if (named.has(treatment)) return { name: treatment }
  const known = taken.get(treatment)
  if (known !== undefined) return { hue: known }
  const used = new Set(taken.values())
  const first = hash(treatment) % hues.length
  const inTurn = [...hues.slice(first), ...hues.slice(0, first)]
  const hue = inTurn.find((each) => !used.has(each)) ?? hues[first] ?? 0
  taken.set(treatment, hue)
  return { hue }
}

function hash(text: string): number {
  let value = 7
  for (const letter of text) value = (value * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return value
}
