import { parseArgs } from 'node:util'

type Value = boolean | number | string | readonly string[]

/** The options with the types of their defaults: `false` stands for any boolean, `[]` for any list of texts. */
type Read<Defaults> = {
  [Name in keyof Defaults]: Defaults[Name] extends boolean
    ? boolean
    : Defaults[Name] extends readonly string[]
      ? readonly string[]
      : Defaults[Name]
}

/**
 * Reads the command line of a script. `--help` and wrong options end the process here: a script calls this before it builds, installs
 * or starts anything.
 *
 * @param usage - what `--help` prints
 * @param defaults - every option with its default, which also says whether it is a switch, a whole number above 0, a text, or texts
 *   that are given one by one. `_` stands for the words that belong to no option; without it they are wrong
 * @param check - throws when what was read asks for nothing that the script has
 */
export function readOptions<Defaults extends Record<string, Value>>(
  usage: string,
  defaults: Defaults,
  check: (read: Read<Defaults>) => void = () => undefined,
): Read<Defaults> {
  try {
    const named = Object.entries(defaults).filter(([name]) => name !== '_')
    const { values, positionals } = parseArgs({
      options: {
        ...Object.fromEntries(named.map(([name, value]) => [name, typeOf(value)])),
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: '_' in defaults,
    })
    if (!values.help) {
      const given: Record<string, unknown> = { ...values, _: positionals }
      const entries = Object.entries(defaults).map(([name, value]) => [name, valueOf(name, given[name], value)])
      const read = Object.fromEntries(entries) as Read<Defaults>
      check(read)
      return read
    }
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
  console.log(usage)
  process.exit(0)
}

function typeOf(fallback: Value): { type: 'boolean' | 'string'; multiple: boolean } {
  return { type: typeof fallback === 'boolean' ? 'boolean' : 'string', multiple: typeof fallback === 'object' }
}

function valueOf(name: string, given: unknown, fallback: Value): unknown {
  if (given === undefined) return fallback
  if (typeof fallback !== 'number') return given
  const number = Number(given)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number above 0`)
  return number
}
