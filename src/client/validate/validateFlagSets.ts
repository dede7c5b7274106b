import { validateFlagNames } from './validateFlagNames'

const FLAG_SET = /^[a-z0-9][_a-z0-9]{0,49}$/

/** The flag sets of a list, in lower case, each once; what is none, or was not configured, is left out. */
export function validateFlagSets(sets: unknown, configured?: ReadonlySet<string>): string[] {
  const names = new Set(validateFlagNames(sets).map((name) => name.toLowerCase()))
  return [...names].filter((name) => FLAG_SET.test(name) && (!configured || configured.has(name)))
}
