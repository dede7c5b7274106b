import { literal } from './literal'

/** A name as that of a member of an interface: as it is, or in quotes. */
export function memberName(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : literal(name)
}
