import { cut } from './cut'
import type { Exposure, ExposureProperties } from './types'

/**
 * The properties of an exposure's event within the limits of a tool: first those that the tool's own reports look for, then
 * what is known of the decision, then what the site added. Absent and null values are left out. Characters are UTF-16 units.
 *
 * @param named the properties that the tool's reports look for
 * @param most number of properties
 * @param unnamable the characters that no name may have: an underscore takes their place
 */
export function propertiesOf(
  { properties, ...rest }: Exposure,
  named: ExposureProperties,
  most: number,
  nameCharacters: number,
  textCharacters: number,
  unnamable?: RegExp,
): ExposureProperties {
  const all: Record<string, unknown> = { ...named, ...rest, ...properties, ...named }
  const limited: ExposureProperties = {}
  for (const name in all) {
    if (all[name] != null && most-- > 0) {
      // `replace` would take a missing expression for the word "undefined".
      limited[cut(name.replace(unnamable as RegExp, '_'), nameCharacters)] = cut(all[name] as string, textCharacters)
    }
  }
  return limited
}
