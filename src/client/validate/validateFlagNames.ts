import { arrayOf } from '../../shared/arrayOf'
import { validateFlagName } from './validateFlagName'

/** The flag names of a list, each once; what is none is left out. */
export function validateFlagNames(names: unknown): string[] {
  return [...new Set(arrayOf(names).map(validateFlagName))].filter((name) => name !== undefined)
}
