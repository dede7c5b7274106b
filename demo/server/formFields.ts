// What a form sends, checked: each returns the value, or throws an `EditError` that says what is wrong with it.
import { EditError } from './EditError'

/** Bodies are limited as well; these keep what is made of them readable. */
const maxRules = 100
const maxTextLength = 1_000

export function percent(what: string, value: unknown) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 100)
    throw new EditError(`${what} is a whole number from 0 to 100`)
  return Number(value)
}

export function boolean(what: string, value: unknown) {
  if (typeof value !== 'boolean') throw new EditError(`“${what}” is true or false`)
  return value
}

export function number(what: string, value: unknown) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EditError(`“${what}” needs a number`)
  return value
}

export function text(what: string, value: unknown) {
  if (typeof value !== 'string' || value.trim() === '') throw new EditError(`“${what}” needs a value`)
  if (value.length > maxTextLength) throw new EditError(`“${what}”: a value is longer than ${maxTextLength} characters`)
  return value.trim()
}

export function list(what: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new EditError(`${what}: expected a list`)
  if (what === 'rules' && value.length > maxRules) throw new EditError(`more than ${maxRules} rules`)
  return value
}

export const records = (what: string, value: unknown) =>
  list(what, value).map((each) => {
    if (!isRecord(each)) throw new EditError(`${what}: expected objects`)
    return each
  })

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
