import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../src/client/createFullClient'
import { answerTo, flag } from '../definitions/fakes'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'

const FLAGS = [flag('checkout_v2', 1, { sets: ['shop'] })]

beforeEach(() => {
  vi.stubGlobal('fetch', (url: string) => Promise.resolve(new Response(JSON.stringify(answerTo(url, FLAGS)))))
})
afterEach(() => vi.unstubAllGlobals())

/** A client, and the lines that it logs. */
function start(changes: object = {}) {
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)
  const client = createClient({
    sdkKey: 'sdk-key',
    key: 'user-1',
    logger: { debug: say, info: say, warn: say, error: say },
    ...changes,
  })
  return { client, lines }
}

type Act = (client: Client) => unknown
const destroyed =
  (act: Act): Act =>
  async (client) => {
    await client.destroy()
    act(client)
    act(client)
  }

/** Every mistake, made twice by a client that is ready, and the one line that it gets. */
const MISTAKES: [what: string, act: Act, line: RegExp][] = [
  [
    'a misspelt flag',
    (client) => client.getTreatment('checkout_V3'),
    /no flag checkout_V3; did you mean checkout_v2\?/,
  ],
  ['a flag that is none', (client) => client.getTreatment('basket'), /no flag basket$/],
  ['an unknown flag set', (client) => client.getTreatmentsByFlagSet('shops'), /no flag is in the flag sets 'shops'/],
  [
    'a name for a list',
    (client) => client.getTreatments('checkout_v2' as never),
    /list of flag names is needed; got string/,
  ],
  ['no flag name', (client) => client.getTreatment(7 as never), /flag name must be a non-empty string; got number/],
  [
    'an event of the official SDK',
    (client) => client.on('SDK_READY' as never, () => {}),
    /no event 'SDK_READY'; did you mean ready\?/,
  ],
  ['an event that is none', (client) => client.on('change' as never, () => {}), /no event 'change'; there are ready, /],
  [
    'an event that is named like a member of every object',
    (client) =>
      client.on('constructor' as never, () => {
        throw new Error('called')
      }),
    /no event 'constructor'; there are ready, /,
  ],
  ['an event that is no text', (client) => client.on(7 as never, () => {}), /no event '7'; there are ready, /],
  ['an event of no kind', (client) => client.once(Symbol('ready') as never, () => {}), /no event 'Symbol\(ready\)'/],
  [
    'no listener for once',
    (client) => client.once('ready', undefined as never),
    /listener of 'ready' must be a function/,
  ],
  ['no listener', (client) => client.on('ready', undefined as never), /listener of 'ready' must be a function/],
  [
    'a nested attribute',
    (client) => client.getTreatment('checkout_v2', { user: { plan: 'pro' } } as never),
    /attribute user is an object/,
  ],
  [
    'options in the place of attributes',
    (client) => client.getTreatment('checkout_v2', { properties: { a: 1 } } as never),
    /attribute properties is an option: options of a call are its third argument/,
  ],
  [
    'an option in the place of attributes',
    (client) => client.getTreatment('checkout_v2', { impressionsDisabled: true }),
    /attribute impressionsDisabled is an option: options of a call are its third argument/,
  ],
  [
    'a misspelt option',
    (client) => client.getTreatment('checkout_v2', {}, { propertys: {} } as never),
    /no option 'propertys'; did you mean properties\?/,
  ],
  [
    'attributes of no object',
    (client) => client.getTreatment('checkout_v2', 'pro' as never),
    /attributes must be a plain object; got string/,
  ],
  [
    'options of no object',
    (client) => client.getTreatment('checkout_v2', {}, 'pro' as never),
    /options of a call ignored: they and their properties must be a plain object of at most 32 KiB/,
  ],
  [
    'properties of a call that are no object',
    (client) => client.getTreatment('checkout_v2', {}, { properties: 7 as never }),
    /options of a call ignored: they and their properties must be a plain object of at most 32 KiB/,
  ],
  [
    'a property of a call that cannot be sent',
    (client) => client.getTreatment('checkout_v2', {}, { properties: { cart: {} } }),
    /property cart was sent as null/,
  ],
  ['no flag names', (client) => client.getTreatments([]), /list of flag names is needed; got object without any/],
  ['a name for a list of flag sets', (client) => client.getTreatmentsByFlagSets('shop' as never), /no flag is in the/],
  ['no flag to peek at', (client) => client.peek(7 as never), /flag name must be a non-empty string; got number/],
  [
    'an attribute that cannot be bound',
    (client) => client.setAttribute('plan', {} as never),
    /attribute plan was not bound/,
  ],
  [
    'an event without a traffic type',
    (client) => client.track('seen'),
    /event was not recorded: it has no traffic type/,
  ],
  [
    'an event without a name',
    (client) => client.track('', { trafficType: 'user' }),
    /its name must be 1 to 80 letters/,
  ],
  [
    'options of an event that are none',
    (client) => client.track('seen', 'user' as never),
    /its options must be a plain object/,
  ],
  ...[
    ['a list', [{ trafficType: 'user' }]],
    ['a map', new Map([['trafficType', 'user']])],
    [
      'of a class',
      new (class {
        trafficType = 'user'
      })(),
    ],
  ].map(([what, options]): (typeof MISTAKES)[number] => [
    `options of an event that are ${what as string}`,
    (client) => client.track('seen', options as never),
    /its options must be a plain object/,
  ]),
  [
    'a value that is no number',
    (client) => client.track('seen', { trafficType: 'user', value: '7' as never }),
    /its value must be a finite number/,
  ],
  [
    'a misspelt option of an event',
    (client) => client.track('seen', { trafficType: 'user', propertys: {} } as never),
    /no option 'propertys'; did you mean properties\?/,
  ],
  [
    'an option of an event that is none',
    (client) => client.track('seen', { trafficType: 'user', amount: 7 } as never),
    /no option 'amount'; there are trafficType, value, properties$/,
  ],
  [
    'properties of an event that are none',
    (client) => client.track('seen', { trafficType: 'user', properties: [] as never }),
    /its properties must be a plain object/,
  ],
  [
    'a traffic type that no flag has',
    (client) => client.track('seen', { trafficType: 'account' }),
    /no flag has the traffic type account/,
  ],
  [
    'attributes to bind that are none',
    (client) => client.setAttributes('pro' as never),
    /attribute {2}was not bound: it needs a name/,
  ],
  ['a consent that is none', (client) => client.consent.set('yes' as never), /consent must be 'granted' or 'declined'/],
  ['a key that is none', (client) => client.forKey(''), /forKey: the key is invalid/],
  [
    'a decision after destroy()',
    destroyed((client) => client.getTreatment('checkout_v2')),
    /destroyed client answers control/,
  ],
  ['an event after destroy()', destroyed((client) => client.track('seen')), /destroyed client/],
  ['a listener after destroy()', destroyed((client) => client.on('update', () => {})), /destroyed client/],
  ['an attribute after destroy()', destroyed((client) => client.setAttribute('plan', 'pro')), /destroyed client/],
  ['a client after destroy()', destroyed((client) => client.forKey('user-2')), /destroyed client/],
  ['a flag set after destroy()', destroyed((client) => client.getTreatmentsByFlagSet('shop')), /destroyed client/],
]

/** Mistakes that are logged each time, because each is another call that did nothing. */
const EACH_TIME = /attributes must|options of a call ignored|not bound|not recorded|consent must|forKey/

describe('a mistake of a developer gets a line', () => {
  it.each(MISTAKES)('%s', async (_, act, line) => {
    const { client, lines } = start()
    await client.whenReady()
    expect(lines).toEqual([])
    await act(client)
    await act(client)
    expect(new Set(lines).size).toBe(1)
    expect(lines[0]).toMatch(line)
    expect(lines).toHaveLength(EACH_TIME.test(lines[0] ?? '') ? 2 : 1)
    await client.destroy()
  })

  /** Each argument of each method, given a value of a wrong type, with the line that is logged. */
  const ARGUMENTS: [argument: string, act: (client: Client, wrong: never) => unknown, line: RegExp][] = [
    ['getTreatment: flag', (client, wrong) => client.getTreatment(wrong), /flag name must be a non-empty string/],
    ['getTreatmentWithConfig: flag', (client, wrong) => client.getTreatmentWithConfig(wrong), /flag name must be/],
    ['peek: flag', (client, wrong) => client.peek(wrong), /flag name must be a non-empty string/],
    ['getTreatments: flags', (client, wrong) => client.getTreatments(wrong), /list of flag names is needed/],
    ['getTreatmentsWithConfig: flags', (client, wrong) => client.getTreatmentsWithConfig(wrong), /list of flag names/],
    ['getTreatmentsByFlagSet: set', (client, wrong) => client.getTreatmentsByFlagSet(wrong), /no flag is in the/],
    ['getTreatmentsByFlagSets: sets', (client, wrong) => client.getTreatmentsByFlagSets(wrong), /no flag is in the/],
    [
      'getTreatmentsWithConfigByFlagSet: set',
      (client, wrong) => client.getTreatmentsWithConfigByFlagSet(wrong),
      /no flag is in the flag sets/,
    ],
    [
      'getTreatmentsWithConfigByFlagSets: sets',
      (client, wrong) => client.getTreatmentsWithConfigByFlagSets(wrong),
      /no flag is in the flag sets/,
    ],
    ['attributes', (client, wrong) => client.getTreatment('checkout_v2', wrong), /attributes must be a plain object/],
    ['peek: attributes', (client, wrong) => client.peek('checkout_v2', wrong), /attributes must be a plain object/],
    ['options', (client, wrong) => client.getTreatment('checkout_v2', {}, wrong), /options of a call ignored/],
    [
      'options: properties',
      (client, wrong) => client.getTreatment('checkout_v2', {}, { properties: wrong }),
      /options of a call ignored/,
    ],
    ['track: event', (client, wrong) => client.track(wrong, { trafficType: 'user' }), /its name must be/],
    ['track: options', (client, wrong) => client.track('seen', wrong), /its options must be a plain object/],
    ['track: trafficType', (client, wrong) => client.track('seen', { trafficType: wrong }), /it has no traffic type/],
    [
      'track: value',
      (client, wrong) => client.track('seen', { trafficType: 'user', value: wrong }),
      /its value must be a finite number/,
    ],
    [
      'track: properties',
      (client, wrong) => client.track('seen', { trafficType: 'user', properties: wrong }),
      /its properties must be a plain object/,
    ],
    ['setAttribute: name', (client, wrong) => client.setAttribute(wrong, 'pro'), /was not bound: it needs a name/],
    ['setAttributes', (client, wrong) => client.setAttributes(wrong), /was not bound: it needs a name/],
    ['on: event', (client, wrong) => client.on(wrong, () => {}), /there is no event '.*'; there are ready/],
    ['once: event', (client, wrong) => client.once(wrong, () => {}), /there is no event '.*'; there are ready/],
    ['forKey', (client, wrong) => client.forKey(wrong), /forKey: the key is invalid/],
    ['consent.set', (client, wrong) => client.consent.set(wrong), /consent must be 'granted' or 'declined'/],
  ]
  const WRONG = [true, Infinity, Symbol('s'), 10n, [7], new Map(), () => {}]
  it.each(ARGUMENTS)('%s of a wrong type', async (_, act, line) => {
    for (const [n, wrong] of WRONG.entries()) {
      const { client, lines } = start()
      await client.whenReady()
      act(client, wrong as never)
      expect(
        lines.filter((said) => line.test(said)),
        `value ${n}`,
      ).toHaveLength(1)
      await client.destroy()
    }
  })
  it.each([undefined, true, 7, 'f', Symbol('s'), {}, []])('a listener that is %s', async (wrong) => {
    const { client, lines } = start()
    await client.whenReady()
    client.on('update', wrong as never)
    client.once('ready', wrong as never)
    expect(lines).toEqual(['update', 'ready'].map((event) => expect.stringContaining(`listener of '${event}' must be`)))
    await client.destroy()
  })

  it('who asks before the client is ready, once', async () => {
    const { client, lines } = start()
    client.getTreatment('checkout_v2')
    client.getTreatment('other')
    client.peek('checkout_v2')
    expect(lines).toEqual([expect.stringMatching(/asked for checkout_v2 before the client was ready.*whenReady\(\)/)])
    await client.whenReady()
    await client.destroy()
  })

  it.each(['readyTimeoutMs', 'requestTimeoutMs'])('%s in seconds', async (name) => {
    const { client, lines } = start({ [name]: 10 })
    expect(lines).toEqual([`pennon: ${name}: 10 is in milliseconds; was it meant in seconds?`])
    await client.destroy()
  })

  it('a page without fetch, once', async () => {
    vi.stubGlobal('fetch', undefined)
    const { client, lines } = start({ readyTimeoutMs: 100 })
    await client.whenReady()
    client.track('seen', { trafficType: 'user' })
    await client.flush()
    await client.destroy()
    expect(lines.filter((line) => line.includes('no fetch'))).toEqual([
      'pennon: no fetch here: nothing is fetched or sent',
    ])
  })

  it('a host that does not answer is named, once', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    const { client, lines } = start({
      readyTimeoutMs: 100,
      urls: { sdk: 'https://flags.test/api', auth: 'https://flags.test/api', events: 'https://events.test' },
    })
    await client.whenReady()
    client.track('seen', { trafficType: 'user' })
    await client.flush()
    await client.destroy()
    for (const address of ['flags.test/api/splitChanges', 'flags.test/api/memberships', 'events.test/events/bulk']) {
      expect(lines.filter((line) => line.includes(`no answer from https://${address}`))).toHaveLength(1)
    }
  })

  it('unless it is none', async () => {
    const { client, lines } = start()
    await client.whenReady()
    client.on('update', () => {})
    client.getTreatment('checkout_v2', { plan: 'pro', tags: ['a'] }, { properties: { a: 1 } })
    client.getTreatments(['checkout_v2'])
    client.getTreatmentsByFlagSet('shop')
    client.setAttribute('plan', 'pro')
    expect(lines).toEqual([])
    await client.destroy()
  })
})

describe('a mistake in the settings throws, and says what is right', () => {
  it.each<[object, string]>([
    [
      { core: { authorizationKey: 'a' } },
      'core is no setting of pennon; did you mean sdkKey, or SplitFactory of pennon/compat?',
    ],
    [
      { authorizationKey: 'a' },
      'authorizationKey is no setting of pennon; did you mean sdkKey, or SplitFactory of pennon/compat?',
    ],
    [
      { fallbackTreatments: { checkout_v2: 'off' } },
      'fallbackTreatments.checkout_v2 is no setting of pennon; did you mean fallbackTreatments.global, byFlag?',
    ],
    [{ bootstrap: { ff: {}, rbs: {} } }, 'bootstrap must be an object with splitChanges; got { ff, rbs }'],
    [{ key: { matchingKey: 'a' } }, 'got { matchingKey }'],
    [
      { definitionsRefreshMs: 60 },
      'definitionsRefreshMs must be a number of ms, 1000 or more, below 2147483648; got 60',
    ],
  ])('%j', (changes, message) => {
    expect(() => start(changes)).toThrow(message)
  })

  /** Each setting with a value of each type that it does not take. */
  const SETTINGS = {
    sdkKey: 0,
    key: 0,
    bootstrap: 0,
    trafficType: 0,
    attributes: 0,
    labelsEnabled: 0,
    impressionsMode: 0,
    impressionListener: 0,
    integrations: 0,
    outbox: 0,
    impressionsForUnknownFlags: 0,
    flagSets: 0,
    flagNames: 0,
    flagPrefixes: 0,
    fallbackTreatments: 0,
    localFlags: 0,
    allowOverrides: 0,
    consent: 0,
    persistence: 0,
    cacheMaxAgeMs: 0,
    updatePolicy: 0,
    server: 0,
    streaming: 0,
    urls: 0,
    paths: 0,
    headers: 0,
    readyTimeoutMs: 0,
    requestTimeoutMs: 0,
    definitionsRefreshMs: 0,
    membershipsRefreshMs: 0,
    impressionsFlushMs: 0,
    countsFlushMs: 0,
    uniqueKeysFlushMs: 0,
    eventsFlushMs: 0,
    logger: 0,
    logLevel: 0,
  } satisfies Record<keyof Settings, 0>
  it.each(Object.keys(SETTINGS))('%s of a wrong type', (name) => {
    const wrong = [true, -1, Symbol('s'), 10n, ['', 1], new Map(), () => {}]
    const refused = wrong.filter((value) => {
      try {
        void start({ [name]: value }).client.destroy()
        return false
      } catch (fault) {
        expect(String(fault)).toMatch(new RegExp(`PennonSettingsError: .*${name}.* (must be|is no setting)`))
        return true
      }
    })
    // Some of these values are right for some settings: `true` for a switch, and a function or an object where the setting is one.
    expect(refused.length).toBeGreaterThanOrEqual(5)
  })
})

it('a session is followed at the level debug', async () => {
  const { client, lines } = start({ logLevel: 'debug', trafficType: 'user' })
  await client.whenReady()
  client.getTreatment('checkout_v2')
  await client.flush()
  await client.destroy()
  const said = (line: RegExp) => lines.filter((each) => line.test(each)).length
  expect([
    said(/^pennon: definitions from network: flags changed, 1 flags$/),
    said(/^pennon: ready for user-1: definitions from network, \d+ ms after the page began$/),
    said(/^pennon: checkout_v2 is on for user-1: default rule \(impression queued\)$/),
    said(/^pennon: 1 impressions by fetch \(manual\): sent, status 200$/),
  ]).toEqual([1, 1, 1, 1])
})
