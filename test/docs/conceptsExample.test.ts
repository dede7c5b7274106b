import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { transformSync } from 'esbuild'
import { createClient, type Client, type Settings } from 'pennon/full'
import { expect, it } from 'vitest'
import { createDemoServer } from '../../demo/server/createServer'
import { flag, inSegment } from '../unit/definitions/fakes'
import { blocksOf } from './compileBlocks'

/** `checkout_v2` as the table of the document describes it. Its seed puts `user-42` into bucket 17. */
const definition = flag('checkout_v2', 1, {
  seed: 142,
  conditions: [
    inSegment('staff'),
    {
      conditionType: 'ROLLOUT',
      label: 'plan is pro or team',
      matcherGroup: {
        combiner: 'AND',
        matchers: [
          {
            keySelector: { trafficType: 'user', attribute: 'plan' },
            matcherType: 'WHITELIST',
            negate: false,
            whitelistMatcherData: { whitelist: ['pro', 'team'] },
          },
        ],
      },
      partitions: [
        { treatment: 'on', size: 20 },
        { treatment: 'off', size: 80 },
      ],
    },
  ],
})

it('the example in docs/concepts.md returns what its comments say, and is recorded', async () => {
  const server = await createDemoServer({ definitions: { ff: { d: [definition], t: 1 } } })
  const { apiUrl } = server
  const urls = { sdk: apiUrl, auth: apiUrl, streaming: apiUrl, events: apiUrl, telemetry: apiUrl }
  const clients: Client[] = []
  // Without a browser a client asks once and ends, so that it would explain nothing.
  const createHere = (settings: Settings) => {
    const client = createClient({ ...settings, sdkKey: server.sdkKey, urls, server: 'poll' })
    clients.push(client)
    return client
  }
  let compared = 0
  const compare = (returned: unknown, expected: unknown) => {
    compared++
    expect(returned).toBe(expected)
    return returned
  }

  // The blocks are run as they stand, one after the other. A comment after a call says what it returns.
  const code = blocksOf('docs/concepts.md', readFileSync('docs/concepts.md', 'utf8'))
    .map((block) => block.code.replaceAll(/^import .*$/gm, ''))
    .join('')
    .replaceAll(/(client\..*) \/\/ (\S.*)$/gm, 'compare($1, $2)')
  const script = transformSync(`run = async () => {${code}}`, { loader: 'ts' }).code
  const run = compileFunction(`let run; ${script}; return run()`, ['createClient', 'compare']) as (
    ...given: unknown[]
  ) => Promise<void>
  try {
    await run(createHere, compare)
    expect(compared).toBe(6)
    await Promise.all(clients.map((client) => client.destroy()))
    expect(server.impressions()).toMatchObject([
      { flag: 'checkout_v2', key: 'user-42', treatment: 'on', label: 'plan is pro or team' },
    ])
    expect(server.events()).toMatchObject([{ type: 'purchase', key: 'user-42', value: 49.9 }])
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
    await server.close()
  }
})
