import { notAvailable, textCriteria, type Criteria, type TextCriterion } from './parseCriteria'
import type { StoredRow } from './types'

/** Whether a row is among those asked for: the same answer as the database gives (`conditionOf`). */
export function meetsCriteria(row: StoredRow, criteria: Criteria): boolean {
  const { environment, from = -Infinity, to = Infinity } = criteria
  const time = Number(row['time'])
  return (
    (environment === undefined || row['environmentName'] === environment) &&
    textCriteria.every((name) => {
      const criterion = criteria[name]
      // An event has neither flag nor treatment nor label: it never meets a criterion of these.
      return criterion === undefined || (name in row && isMet(String(row[name] ?? notAvailable), criterion))
    }) &&
    time >= from &&
    time < to
  )
}

function isMet(value: string, { how, text }: TextCriterion): boolean {
  if (how === 'is') return value === text
  if (how === 'not') return value !== text
  return lower(value).includes(lower(text))
}

/** Lower case as SQLite makes it: of A to Z only. */
const lower = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
