import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../../src/client/settings'
import { PennonSettingsError } from '../../../src/shared/errors'
import type { Settings } from '../../../src/client/types/settings'

const valid = { sdkKey: 'sdk', key: 'user' }

/** Every mistake in the settings, with the sentence of its error. */
const mistakes: [string, unknown, string][] = [
  ['no settings', undefined, 'settings must be an object; got undefined'],
  ['a list as settings', [], 'settings must be an object; got '],
  ['no sdkKey', { key: 'u' }, 'sdkKey must be a non-empty string; got undefined'],
  ['an empty sdkKey', { ...valid, sdkKey: ' ' }, 'sdkKey must be a non-empty string; got " "'],
  [
    'no key',
    { sdkKey: 'sdk' },
    'key must be a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these; got undefined',
  ],
  [
    'half a key',
    { ...valid, key: { matchingKey: 'a' } },
    'key must be a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these; got { matchingKey }',
  ],
  ['an unknown name', { ...valid, colour: 1 }, 'colour is no setting of pennon'],
  ['a name with a slip', { ...valid, sdkkey: 'x' }, 'sdkkey is no setting of pennon; did you mean sdkKey?'],
  [
    'a swapped name',
    { ...valid, lablesEnabled: true },
    'lablesEnabled is no setting of pennon; did you mean labelsEnabled?',
  ],
  ['a text for a switch', { ...valid, streaming: 'false' }, 'streaming must be true or false; got "false"'],
  [
    'seconds as text',
    { ...valid, readyTimeoutMs: '10s' },
    'readyTimeoutMs must be a number of ms, 0 or more, below 2147483648; got "10s"',
  ],
  [
    'a negative time',
    { ...valid, readyTimeoutMs: -1 },
    'readyTimeoutMs must be a number of ms, 0 or more, below 2147483648; got -1',
  ],
  ['NaN', { ...valid, cacheMaxAgeMs: NaN }, 'cacheMaxAgeMs must be a number of ms, 0 or more; got NaN'],
  [
    'seconds where ms are meant',
    { ...valid, definitionsRefreshMs: 60 },
    'definitionsRefreshMs must be a number of ms, 1000 or more, below 2147483648; got 60',
  ],
  [
    'an unknown mode',
    { ...valid, impressionsMode: 'optimized' },
    `impressionsMode must be 'OPTIMIZED' or 'DEBUG' or 'NONE'; got "optimized"`,
  ],
  ['no function', { ...valid, impressionListener: {} }, 'impressionListener must be a function; got { }'],
  ['an empty filter', { ...valid, flagSets: [] }, 'flagSets must be a list of 1 to 50 non-empty strings; got '],
  [
    'too long a filter',
    { ...valid, flagSets: Array.from({ length: 51 }, (_, n) => `s${n}`) },
    'flagSets must be a list of 1 to 50 non-empty strings; got ["s0","s1",',
  ],
  [
    'filters that exclude each other',
    { ...valid, flagSets: ['a'], flagNames: ['b'] },
    'flagSets cannot be combined with flagNames or flagPrefixes',
  ],
  [
    'an unknown base',
    { ...valid, urls: { event: 'x' } },
    'urls.event is no setting of pennon; did you mean urls.events?',
  ],
  [
    'a host without scheme',
    { ...valid, urls: { events: 'events.example.com' } },
    'urls.events must be an absolute http(s) URL or a path on this origin; got "events.example.com"',
  ],
  [
    'a limit of nothing',
    { ...valid, outbox: { maxItems: 0 } },
    'outbox.maxItems must be a number of bytes, items or ms, 1 or more; got 0',
  ],
  [
    'half a logger',
    { ...valid, logger: { warn: () => undefined } },
    'logger must be { debug(), info(), warn(), error() }; got { warn }',
  ],
  ['a list of local flags', { ...valid, localFlags: ['a'] }, 'localFlags must be an object; got ["a"]'],
  [
    'a switch for a treatment',
    { ...valid, localFlags: { a: 'on', checkout: true } },
    'localFlags.checkout must be a treatment, or { treatment, config } of texts; got true',
  ],
  [
    'a configuration that is no text',
    { ...valid, localFlags: { checkout: { treatment: 'on', config: { color: 'red' } } } },
    'localFlags.checkout must be a treatment, or { treatment, config } of texts; got { treatment, config }',
  ],
  ['a text for leave', { ...valid, allowOverrides: 'yes' }, 'allowOverrides must be true or false; got "yes"'],
  [
    'a bootstrap without definitions',
    { ...valid, bootstrap: {} },
    'bootstrap must be an object with splitChanges; got { }',
  ],
  [
    'a time that timers take for none',
    { ...valid, requestTimeoutMs: 2 ** 31 },
    'requestTimeoutMs must be a number of ms, 1 or more, below 2147483648; got 2147483648',
  ],
  ['a traffic type of spaces', { ...valid, trafficType: ' ' }, 'trafficType must be a non-empty string; got " "'],
  ['a list of attributes', { ...valid, attributes: [] }, 'attributes must be an object; got '],
  ['a text for labels', { ...valid, labelsEnabled: 'no' }, 'labelsEnabled must be true or false; got "no"'],
  [
    'a number for unknown flags',
    { ...valid, impressionsForUnknownFlags: 0 },
    'impressionsForUnknownFlags must be true or false; got 0',
  ],
  [
    'one integration',
    { ...valid, integrations: {} },
    'integrations must be a list of { name, start(), impression(), stop() }',
  ],
  [
    'too many names',
    { ...valid, flagNames: Array.from({ length: 401 }, (_, n) => `f${n}`) },
    'flagNames must be a list of 1 to 400 non-empty strings; got ["f0","f1",',
  ],
  [
    'a prefix that is none',
    { ...valid, flagPrefixes: [''] },
    'flagPrefixes must be a list of 1 to 50 non-empty strings; got ',
  ],
  [
    'a fallback without its place',
    { ...valid, fallbackTreatments: 'off' },
    'fallbackTreatments must be an object; got "off"',
  ],
  [
    'a boolean for consent',
    { ...valid, consent: true },
    `consent must be 'granted' or 'unknown' or 'declined'; got true`,
  ],
  [
    'a storage of another SDK',
    { ...valid, persistence: 'localStorage' },
    `persistence must be 'all' or 'definitions' or 'none'; got "localStorage"`,
  ],
  [
    'a policy with a slip',
    { ...valid, updatePolicy: 'nextload' },
    `updatePolicy must be 'immediate' or 'nextLoad' or 'manual'; got "nextload"`,
  ],
  ['a switch for the server', { ...valid, server: true }, `server must be 'none' or 'always' or 'poll'; got true`],
  ['an empty path', { ...valid, paths: { events: '' } }, 'paths.events must be a non-empty string; got ""'],
  ['headers that are no function', { ...valid, headers: { a: 'b' } }, 'headers must be a function; got { a }'],
  ['a log level of another SDK', { ...valid, logLevel: 'WARN' }, `logLevel must be 'debug' or 'info' or 'warn'`],
  ...(
    ['membershipsRefreshMs', 'impressionsFlushMs', 'countsFlushMs', 'uniqueKeysFlushMs', 'eventsFlushMs'] as const
  ).map((name): [string, unknown, string] => [
    `seconds for ${name}`,
    { ...valid, [name]: 30 },
    `${name} must be a number of ms, 1000 or more, below 2147483648; got 30`,
  ]),
  [
    'a key whose text cannot be had',
    { ...valid, key: Object.create(null) as object },
    'key must be a string of 1 to 250 characters, a finite number, or { matchingKey, bucketingKey } of these; got { }',
  ],
]

describe('settings', () => {
  it.each(mistakes)('%s', (_what, settings, sentence) => {
    let thrown: unknown
    try {
      resolveSettings(settings as Settings)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(PennonSettingsError)
    expect((thrown as PennonSettingsError).message).toContain(sentence)
    expect((thrown as PennonSettingsError).name).toBe('PennonSettingsError')
    expect(sentence).toContain((thrown as PennonSettingsError).setting)
  })

  it('are all in this table, each with a mistake of its own', () => {
    const names = Object.keys(resolveSettings(valid))
    expect(names.length).toBeGreaterThan(30)
    expect(names.filter((name) => !mistakes.some(([, , sentence]) => sentence.startsWith(name)))).toEqual([])
  })

  it('fills in the defaults', () => {
    const { key, urls, paths, outbox, impressionsFlushMs, consent, logLevel } = resolveSettings(valid)
    expect(key).toEqual({ matchingKey: 'user', bucketingKey: undefined })
    expect(urls.events).toBe('https://events.split.io/api')
    expect(paths.impressions).toBe('/testImpressions/bulk')
    expect(outbox).toEqual({ maxBytes: 8_388_608, maxItems: 50_000, maxAgeMs: 604_800_000, flushBytes: 49_152 })
    expect({ impressionsFlushMs, consent, logLevel }).toEqual({
      impressionsFlushMs: 300_000,
      consent: 'granted',
      logLevel: 'warn',
    })
    expect(resolveSettings({ ...valid, impressionsMode: 'DEBUG' }).impressionsFlushMs).toBe(60_000)
  })

  it('takes undefined for absent', () => {
    const { readyTimeoutMs, urls } = resolveSettings({
      ...valid,
      readyTimeoutMs: undefined,
      urls: { sdk: undefined },
    })
    expect(readyTimeoutMs).toBe(10_000)
    expect(urls.sdk).toBe('https://sdk.split.io/api')
  })

  it('joins URLs and paths with one slash, whatever was given', () => {
    const { urls, paths } = resolveSettings({
      ...valid,
      urls: { events: 'https://proxy.example/', sdk: '/flags' },
      paths: { impressions: 'i/' },
    })
    expect(urls.events + paths.impressions).toBe('https://proxy.example/i')
    expect(urls.sdk + paths.definitions).toBe('/flags/splitChanges')
  })

  it('is not misled by names of Object.prototype', () => {
    expect(() => resolveSettings({ ...valid, constructor: 1 })).toThrow('is no setting')
    expect(() => resolveSettings({ ...valid, toString: 1 })).toThrow('is no setting')
  })
})
