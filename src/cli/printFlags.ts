import { arrayOf } from '../shared/arrayOf'
import { literal } from './literal'
import { memberName } from './memberName'
import { typeOfValues } from './typeOfValues'

const HEADER = '// Printed by `pennon types` from the flag definitions: not to be edited, but to be printed again.\n'

/**
 * The source code of an interface that says which flags there are, what they answer and what their configurations say, for
 * `createClient<Flags>()`. The same definitions always give the same text, in whatever order they come.
 *
 * @param flags definitions. They are untrusted: what is of no use is left out
 * @param name the name of the interface
 * @param warn called for each configuration that is no JSON
 */
export function printFlags(flags: readonly unknown[], name: string, warn: (message: string) => void): string {
  const byName = new Map(flags.map(objectOf).map((flag) => [flag['name'], flag]))
  const members = [...byName]
    .filter((entry): entry is [string, Definition] => typeof entry[0] === 'string' && entry[0] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([flag, definition]) =>
        `  ${memberName(flag)}: ${flagType(definition, (text) => warn(`${literal(flag)}: ${text}`))}\n`,
    )
  return `${HEADER}export interface ${name} {\n${members.join('')}}\n`
}

type Definition = Readonly<Record<string, unknown>>

function flagType(definition: Definition, warn: (message: string) => void): string {
  const configurations = Object.entries(objectOf(definition['configurations'])).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  )
  const treatment = treatmentsOf(definition).map(literal).join(' | ')
  if (!configurations.length) return treatment
  const values = configurations.flatMap(([of, text]) => {
    try {
      return [JSON.parse(text) as unknown]
    } catch {
      warn(`the configuration of ${literal(of)} is no JSON`)
      return []
    }
  })
  // `control` never has a configuration.
  const config = typeOfValues([...values, null], '    ')
  return `{\n    treatment: ${treatment}\n    config: ${config}\n  }`
}

/** Every treatment that the definition names: rules serve it, or may be changed to serve it. `control` need not be said. */
function treatmentsOf({ conditions, configurations, defaultTreatment }: Definition): string[] {
  const served = arrayOf(conditions)
    .flatMap((condition) => arrayOf(objectOf(condition)['partitions']))
    .map((partition) => objectOf(partition)['treatment'])
  const named = [...served, defaultTreatment, ...Object.keys(objectOf(configurations))]
  const treatments = new Set(named.filter((treatment): treatment is string => typeof treatment === 'string'))
  treatments.delete('control')
  return treatments.size ? [...treatments].sort() : ['control']
}

function objectOf(value: unknown): Definition {
  return typeof value === 'object' && value !== null ? (value as Definition) : {}
}
