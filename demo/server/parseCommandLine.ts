import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { StartError } from './StartError'

const shipped = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

export const help = `The QA page and a local server of flag definitions.

  npm run demo -- [options]

  --definitions FILE     a splitChanges answer of the service; edits are written to it   (default: the demo's own)
  --production FILE      the same of a second environment   (default: begins as a copy, in memory)
  --ephemeral            edits end with the server; so they do with the demo's own definitions
  --memberships FILE     { "<key>": { "segments": [ … ], "largeSegments": [ … ] } }   (default: the demo's own)
  --port N               of the page; the API gets the next one; 0 means any   (default: 4180)
  --database FILE        keep what is received   (default: in memory)
  --retention-days N     delete what was received so many days ago   (default: 90)
  --allow-origin ORIGIN  let pages of https://shop.example use the API, too; may be repeated   (default: this machine's)
  --seed N               fill it with a week of N users, to look at and for screenshots
  --no-open              do not open the page in a browser
  --expose-retry-after   let pages read Retry-After, which the service does not
  --help
`

export function parseCommandLine(args: string[]) {
  const { values } = parse(args)
  const port = values.port === undefined ? 4180 : Number(values.port)
  if (!/^\d+$/.test(values.port ?? '4180') || port > 65_534) {
    throw new StartError(`--port ${values.port}: expected a whole number from 0 to 65534`)
  }
  return {
    help: values.help === true,
    definitions: values.definitions ?? shipped('definitions.json'),
    memberships: values.memberships ?? shipped('memberships.json'),
    port,
    database: values.database ?? ':memory:',
    production: values.production,
    // The demo's own definitions stay as they are shipped.
    ephemeral: values.ephemeral === true || values.definitions === undefined,
    seed: values.seed === undefined ? undefined : users(values.seed),
    retentionDays: retentionDays(values['retention-days']),
    open: values['no-open'] !== true,
    allowedOrigins: (values['allow-origin'] ?? []).map(allowedOrigin),
    exposeRetryAfter: values['expose-retry-after'] === true,
  }
}

function users(text: string) {
  if (!/^\d{1,5}$/.test(text) || Number(text) === 0)
    throw new StartError(`--seed ${text}: expected a number of users, from 1 to 99999`)
  return Number(text)
}

function retentionDays(text: string | undefined) {
  if (text === undefined) return 90
  if (!/^\d{1,5}$/.test(text) || Number(text) === 0)
    throw new StartError(`--retention-days ${text}: expected a whole number of days, 1 or more`)
  return Number(text)
}

function allowedOrigin(text: string) {
  if (text === 'null' || (URL.canParse(text) && new URL(text).origin === text)) return text
  throw new StartError(`--allow-origin ${text}: expected an origin, as https://shop.example, or null`)
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        definitions: { type: 'string' },
        memberships: { type: 'string' },
        production: { type: 'string' },
        ephemeral: { type: 'boolean' },
        'retention-days': { type: 'string' },
        port: { type: 'string' },
        database: { type: 'string' },
        'allow-origin': { type: 'string', multiple: true },
        seed: { type: 'string' },
        'no-open': { type: 'boolean' },
        'expose-retry-after': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    // Only the first sentence of the message is kept: the rest explains the syntax of options.
    const [message] = (error as Error).message.split(/\.\s|\n/)
    throw new StartError(`${message}; --help lists the options`)
  }
}
