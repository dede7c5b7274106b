import { parseArgs } from 'node:util'
import { CliError } from './CliError'
import type { Source } from './readDefinitions'

const SDK_URL = 'https://sdk.split.io/api'
const TIMEOUT_S = 10

export const HELP = `pennon: feature flags in the browser

Usage: pennon types (--sdk-key KEY | --definitions FILE) [options]

Prints the TypeScript interface of an environment's flags, for createClient<Flags>(): their names, treatments and
configurations. The same flags always give the same text.

  --sdk-key KEY       client-side SDK key of the environment; or the variable PENNON_SDK_KEY
  --sdk-url URL       the service, a proxy or the local server        (default: ${SDK_URL})
  --timeout SECONDS   to wait for its answer                          (default: ${TIMEOUT_S})
  --definitions FILE  a saved splitChanges answer instead; - reads standard input
  --flag-sets A,B     only flags in one of these flag sets            (default: all flags)
  --name NAME         of the interface                                (default: Flags)
  --out FILE          write there                                     (default: standard output)
  --check             write nothing; fail when FILE is not up to date
  -h, --help
  -v, --version

Exit code: 0 done; 1 it could not be done, or FILE is not up to date; 2 wrong usage.
`

/** The command that was asked for, with its options. */
export type Command = { readonly name: 'help' | 'version' } | ({ readonly name: 'types' } & TypesOptions)

export interface TypesOptions {
  readonly source: Source
  /** The flag sets whose flags are wanted; undefined for all flags. */
  readonly flagSets: readonly string[] | undefined
  readonly interfaceName: string
  /** The file to write to; undefined for standard output. */
  readonly out: string | undefined
  readonly isCheck: boolean
}

/** @throws CliError with exit code 2 for wrong usage */
export function parseCommandLine(args: string[], environment: NodeJS.ProcessEnv): Command {
  const { values, positionals } = parse(args)
  const [command, ...rest] = positionals
  if (values.help || (command === 'help' && !rest.length)) return { name: 'help' }
  if (values.version) return { name: 'version' }
  if (command !== 'types') throw usage(command === undefined ? 'a command is missing' : `no such command: ${command}`)
  if (rest.length) throw usage(`unexpected: ${rest.join(' ')}`)
  const { name = 'Flags', out, check = false } = values
  // A capital comes first, as in names of types: this also keeps out every word that the language reserves.
  if (!/^[A-Z]\w*$/.test(name)) throw usage('--name: expected letters and digits, a capital first')
  if (check && out === undefined) throw usage('--check needs --out')
  return {
    name: 'types',
    source: sourceOf(values, environment),
    flagSets: values['flag-sets']?.flatMap((sets) => sets.split(',')).map((set) => set.trim().toLowerCase()),
    interfaceName: name,
    out,
    isCheck: check,
  }
}

type Values = ReturnType<typeof parse>['values']

function sourceOf(values: Values, environment: NodeJS.ProcessEnv): Source {
  const { definitions, timeout = String(TIMEOUT_S) } = values
  if (definitions !== undefined) {
    if (values['sdk-key'] !== undefined) throw usage('--sdk-key and --definitions exclude each other')
    return { file: definitions }
  }
  const sdkKey = (values['sdk-key'] ?? environment['PENNON_SDK_KEY'])?.trim()
  if (!sdkKey) throw usage('--sdk-key or --definitions is missing')
  // The SDK key goes into a header, where no other characters are allowed.
  if (!/^[\x21-\x7e]+$/.test(sdkKey)) throw usage('--sdk-key: not an SDK key')
  const timeoutMs = Number(timeout) * 1000
  if (!(timeoutMs >= 1 && timeoutMs <= 2 ** 31 - 1)) throw usage('--timeout: expected a number of seconds')
  const sdkUrl = (values['sdk-url'] ?? SDK_URL).replace(/\/+$/, '')
  if (!/^https?:\/\//i.test(sdkUrl) || !URL.canParse(sdkUrl)) throw usage('--sdk-url: expected an http(s) URL')
  return { sdkKey, sdkUrl, timeoutMs }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'sdk-key': { type: 'string' },
        'sdk-url': { type: 'string' },
        timeout: { type: 'string' },
        definitions: { type: 'string' },
        'flag-sets': { type: 'string', multiple: true },
        name: { type: 'string' },
        out: { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    // The first sentence says what is wrong; the rest explains the syntax of options.
    throw usage((error as Error).message.split(/\.\s|\n/)[0] ?? '')
  }
}

function usage(message: string): CliError {
  return new CliError(`${message}; pennon --help lists the options`, 2)
}
