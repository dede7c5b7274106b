// Compiled, never run: what an application of the official SDK says in types, it can say to `pennon/compat`.
import type Official from '@splitsoftware/splitio-browserjs/types/splitio'
import { InLocalStorage, SplitFactory, WarnLogger, type SplitIO } from '../../src/compat/index'

/** Settings that were typed for the official SDK. */
export const typedForTheOfficial = (settings: Official.IClientSideSettings) => SplitFactory(settings)

/** Every documented setting. */
export const everySetting = {
  core: { authorizationKey: 'key', key: { matchingKey: 'a', bucketingKey: 'b' }, labelsEnabled: true },
  mode: 'standalone',
  startup: {
    readyTimeout: 10,
    requestTimeoutBeforeReady: 5,
    retriesOnFailureBeforeReady: 1,
    eventsFirstPushWindow: 10,
  },
  scheduler: {
    featuresRefreshRate: 60,
    segmentsRefreshRate: 60,
    impressionsRefreshRate: 300,
    impressionsQueueSize: 30_000,
    eventsPushRate: 60,
    eventsQueueSize: 500,
    telemetryRefreshRate: 3600,
    offlineRefreshRate: 15,
    pushRetryBackoffBase: 1,
  },
  sync: {
    splitFilters: [{ type: 'bySet', values: ['frontend'] }],
    impressionsMode: 'OPTIMIZED',
    enabled: true,
    requestOptions: { getHeaderOverrides: ({ headers }) => ({ Authorization: `${headers['Authorization']}` }) },
  },
  storage: InLocalStorage({ prefix: 'MYPREFIX', expirationDays: 10, clearOnInit: false }),
  streamingEnabled: true,
  userConsent: 'UNKNOWN',
  impressionListener: { logImpression: ({ impression, attributes }) => void [impression.feature, attributes] },
  integrations: [() => ({ queue: ({ type }) => void type })],
  fallbackTreatments: { global: 'off', byFlag: { a: { treatment: 'on', config: null } } },
  features: { a: 'on', b: { treatment: 'on', config: '{}' } },
  urls: { sdk: 'https://example.com/api', events: 'https://example.com/api' },
  debug: WarnLogger(),
} satisfies SplitIO.IClientSideSettings

/** What an application was given by the official SDK, it is given here. */
export function members(factory: SplitIO.IBrowserSDK) {
  const client: SplitIO.IBrowserClient = factory.client()
  const answers: Pick<
    Official.IBrowserClient,
    | 'getTreatment'
    | 'getTreatmentWithConfig'
    | 'getTreatments'
    | 'getTreatmentsWithConfig'
    | 'getTreatmentsByFlagSet'
    | 'getTreatmentsByFlagSets'
    | 'track'
    | 'setAttribute'
    | 'getAttributes'
    | 'clearAttributes'
    | 'getStatus'
    | 'ready'
    | 'whenReady'
    | 'destroy'
    | 'Event'
  > = client
  client
    .on(client.Event.SDK_UPDATE, ({ type, names }) => void [type === 'FLAGS_UPDATE', names.length])
    .once(client.Event.SDK_READY, ({ initialCacheLoad }) => void initialCacheLoad)
  // @ts-expect-error a key is a text, or two
  factory.client({ matchingKey: 'a' })
  // @ts-expect-error no such setting
  SplitFactory({ core: { authorizationKey: 'a', key: 'b' }, storge: InLocalStorage() })
  return answers
}
