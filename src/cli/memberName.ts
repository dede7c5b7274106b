import { literal } from './literal'

/** The name of a member of an interface: as it is, or in quotes where the language needs them. */
export function memberName(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : literal(name)
}
