// @ts-check
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { StartError } from './StartError.mjs'

const shipped = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

export const help = `The QA page and a local server of flag definitions.

  npm run demo -- [options]

  --definitions FILE     a splitChanges answer of the service   (default: the demo's own)
  --memberships FILE     { "<key>": { "segments": [ … ], "largeSegments": [ … ] } }   (default: the demo's own)
  --port N               of the page; the API gets the next one; 0 means any   (default: 4180)
  --database FILE        keep what is received   (default: in memory)
  --no-open              do not open the page in a browser
  --expose-retry-after   let pages read Retry-After, which the service does not
  --help
`

/** @param {string[]} args */
export function parseCommandLine(args) {
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
    open: values['no-open'] !== true,
    exposeRetryAfter: values['expose-retry-after'] === true,
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        definitions: { type: 'string' },
        memberships: { type: 'string' },
        port: { type: 'string' },
        database: { type: 'string' },
        'no-open': { type: 'boolean' },
        'expose-retry-after': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    // Only the first sentence: the rest explains option syntax.
    const [message] = /** @type {Error} */ (error).message.split(/\.\s|\n/)
    throw new StartError(`${message}; --help lists the options`)
  }
}
