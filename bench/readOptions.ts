import { parseArgs } from 'node:util'

/** The options with the types of their defaults: `false` stands for any boolean. */
type Read<Defaults> = { [Name in keyof Defaults]: Defaults[Name] extends boolean ? boolean : Defaults[Name] }

/**
 * Reads the command line of a bench. `--help` and wrong options end the process here: nothing has been built or started yet.
 *
 * @param usage - what `--help` prints
 * @param defaults - every option with its default, which also says whether it is a switch, a whole number above 0 or a text
 * @param check - throws when what was read asks for nothing that the bench has
 */
export function readOptions<Defaults extends Record<string, boolean | number | string>>(
  usage: string,
  defaults: Defaults,
  check: (read: Read<Defaults>) => void = () => undefined,
): Read<Defaults> {
  try {
    const types: [string, { type: 'boolean' | 'string' }][] = Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ])
    const { values } = parseArgs({ options: Object.fromEntries([...types, ['help', { type: 'boolean' }]]) })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    const entries = Object.entries(defaults).map(([name, value]) => [name, valueOf(name, values[name], value)])
    const read = Object.fromEntries(entries) as Read<Defaults>
    check(read)
    return read
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}

function valueOf(name: string, given: unknown, fallback: boolean | number | string): unknown {
  if (given === undefined) return fallback
  if (typeof fallback !== 'number') return given
  const number = Number(given)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number above 0`)
  return number
}
