import { tally, type Tally } from '../browser/tally'

/** The parts of a failed comparison, as vitest prints them. */
interface Comparison {
  readonly actual?: unknown
  readonly expected?: unknown
}

/**
 * Reads from a failed comparison what became of the impressions: of one of tallies, or of one of lists of names.
 *
 * @returns undefined for a failure of another kind
 */
export function tallyOf({ actual, expected }: Comparison): Pick<Tally, 'lost' | 'doubled'> | undefined {
  if (typeof actual !== 'string' || typeof expected !== 'string') return undefined
  const [lost, doubled] = ['lost', 'doubled'].map((name) => new RegExp(`"${name}": (\\d+)`).exec(actual)?.[1])
  if (lost !== undefined && doubled !== undefined) return { lost: Number(lost), doubled: Number(doubled) }
  const namesIn = (text: string) => Array.from(text.matchAll(/^ {2}"(.+)",$/gm), ([, name = '']) => name)
  const wanted = namesIn(expected)
  return wanted.length ? tally(wanted, namesIn(actual)) : undefined
}
