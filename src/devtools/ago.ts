import { HOUR_MS } from '../shared/hour'

const UNITS = [
  ['day', 24 * HOUR_MS],
  ['h', HOUR_MS],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time in words, by its largest unit: `9 days`, `5 min`. */
export function ago(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? ['s', 1_000]
  const count = Math.max(0, Math.floor(ms / size))
  return `${count} ${unit}${unit === 'day' && count !== 1 ? 's' : ''}`
}
