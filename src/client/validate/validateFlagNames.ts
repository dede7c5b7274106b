import { validateFlagName } from './validateFlagName'

/** The flag names of a list, each once; what is none is left out. */
export function validateFlagNames(names: unknown): string[] {
  if (!Array.isArray(names)) return []
  return [...new Set(names.map(validateFlagName))].filter((name) => name !== undefined)
}
