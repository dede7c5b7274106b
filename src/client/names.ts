import { arrayOf } from '../shared/arrayOf'

const SPACE = 0x20
const DELETE = 0x7f
const FLAG_SET = /^[a-z0-9][_a-z0-9]{0,49}$/

/** @returns the flag name without spaces around it; undefined when nothing is left, or it is no text */
export function validateFlagName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  // Almost every name is tidy, and looking at both ends is cheaper than trimming.
  return isTidy(name.charCodeAt(0)) && isTidy(name.charCodeAt(name.length - 1)) ? name : name.trim() || undefined
}

/** @returns the flag names of a list, each once, without those that are no names */
export function validateFlagNames(names: unknown): string[] {
  return [...new Set(arrayOf(names).map(validateFlagName))].filter((name) => name !== undefined)
}

/** @returns the flag sets of a list, in lower case, each once, without those that are no sets or were not configured */
export function validateFlagSets(sets: unknown, configured?: ReadonlySet<string>): string[] {
  const names = new Set(validateFlagNames(sets).map((name) => name.toLowerCase()))
  return [...names].filter((name) => FLAG_SET.test(name) && (!configured || configured.has(name)))
}

function isTidy(code: number): boolean {
  return code > SPACE && code < DELETE
}
