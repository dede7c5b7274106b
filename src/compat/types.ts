/**
 * The types of the official SDK's API, by their official names. What they mean is documented by FME: "Browser SDK" in
 * developer.harness.io/docs/feature-management-experimentation. What pennon does differently: docs/migrating.md.
 */

/** Strings of 1 to 250 characters. */
export interface SplitKeyObject {
  /** Whose decision it is: memberships are looked up and impressions recorded by it. */
  matchingKey: string
  /** What decides the bucket, and so the treatment. */
  bucketingKey: string
}
/** Whose treatments are asked for. A string is matching and bucketing key in one. */
export type SplitKey = string | SplitKeyObject

export type Treatment = string
/** Treatments by flag name. */
export type Treatments = Record<string, Treatment>
export interface TreatmentWithConfig {
  treatment: Treatment
  /** The configuration as text, usually JSON; null where the treatment has none. */
  config: string | null
}
/** Treatments and their configurations by flag name. */
export type TreatmentsWithConfig = Record<string, TreatmentWithConfig>

export type AttributeType = string | number | boolean | (string | number)[]
/** Attributes of the user by name, read by targeting rules. They never leave the page. */
export type Attributes = Record<string, AttributeType>
/** Values that travel with an impression or an event. */
export type Properties = Record<string, string | number | boolean | null>
export interface EvaluationOptions {
  /** Travel with the impression, which is then neither deduplicated nor counted. At most 32 KiB. @default none */
  properties?: Properties
}

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'NONE'
/** Where log lines go. */
export interface Logger {
  debug(message: string): unknown
  info(message: string): unknown
  warn(message: string): unknown
  error(message: string): unknown
}
/** What `DebugLogger()` and its like return. */
export interface ILogger {
  setLogLevel(logLevel: LogLevel): void
}
export interface ILoggerAPI {
  /** As `setLogLevel('DEBUG')`. */
  enable(): void
  /** As `setLogLevel('NONE')`. */
  disable(): void
  /** The least important line that is logged from now on. An unknown level changes nothing, and is logged as an error. */
  setLogLevel(logLevel: LogLevel): void
  /** Where log lines go from now on; without one, to the console. */
  setLogger(logger?: Logger): void
  LogLevel: { [Level in LogLevel]: Level }
}

export type ConsentStatus = 'GRANTED' | 'DECLINED' | 'UNKNOWN'
export interface IUserConsentAPI {
  /**
   * `true`: data is sent. `false`: it is dropped, what waits and what is stored too.
   *
   * @returns false, and nothing changes, for anything but a boolean
   */
  setStatus(userConsent: boolean): boolean
  getStatus(): ConsentStatus
  Status: { [Status in ConsentStatus]: Status }
}

/** Names of the events. */
export interface EventConsts {
  /** Once: the service confirmed definitions and memberships. */
  SDK_READY: 'init::ready'
  /** Once: decisions are possible, from the cache or because the client is ready. */
  SDK_READY_FROM_CACHE: 'init::cache-ready'
  /** Once: not ready within `startup.readyTimeout`. Work goes on. */
  SDK_READY_TIMED_OUT: 'init::timeout'
  /** After `SDK_READY`: definitions or memberships changed. */
  SDK_UPDATE: 'state::update'
}
export type Event = EventConsts[keyof EventConsts]
export interface SdkReadyMetadata {
  /** Nothing was in the cache, or nothing valid. */
  initialCacheLoad: boolean
  /** When the service last confirmed what was in the cache, epoch ms. */
  lastUpdateTimestamp?: number
}
export type SdkUpdateMetadataType = 'FLAGS_UPDATE' | 'SEGMENTS_UPDATE'
export interface SdkUpdateMetadata {
  type: SdkUpdateMetadataType
  /** Names of the flags that changed; empty for segments. */
  names: string[]
}
export interface ReadinessStatus {
  isReady: boolean
  /** Also true whenever `isReady` is. */
  isReadyFromCache: boolean
  /** It timed out, and is not ready since. */
  isTimedout: boolean
  /** It timed out, whatever came later. */
  hasTimedout: boolean
  isDestroyed: boolean
  /** Ready, from the cache or the service, and not destroyed. */
  isOperational: boolean
  /** When the last event was emitted or the client destroyed, epoch ms; 0 before. */
  lastUpdate: number
}

/** Listeners are called in the order they came; what one throws is caught and logged, and the others are still called. */
export interface EventEmitter {
  on(event: EventConsts['SDK_READY'], listener: (metadata: SdkReadyMetadata) => void): this
  on(event: EventConsts['SDK_READY_FROM_CACHE'], listener: (metadata: SdkReadyMetadata) => void): this
  on(event: EventConsts['SDK_UPDATE'], listener: (metadata: SdkUpdateMetadata) => void): this
  on(event: EventConsts['SDK_READY_TIMED_OUT'], listener: (message: string) => void): this
  on(event: string, listener: (...values: never[]) => void): this
  /** As `on`. */
  addListener: EventEmitter['on']
  /** As `on`, for one call. */
  once: EventEmitter['on']
  off(event: string, listener: (...values: never[]) => void): this
  /** As `off`. */
  removeListener: EventEmitter['off']
  /** Of one event, or of all. */
  removeAllListeners(event?: string): this
  /** Calls the listeners of an event. @returns whether there were any */
  emit(event: string, ...values: unknown[]): boolean
}

export interface IStatusInterface extends EventEmitter {
  Event: EventConsts
  getStatus(): ReadinessStatus
  /**
   * As `whenReady`, without metadata. A rejection that nobody handles stays quiet.
   *
   * @deprecated as in the official SDK: use `whenReady`
   */
  ready(): Promise<void>
  /** Resolves when ready. Rejects with an Error at the time-out; a later call resolves once it is ready after all. */
  whenReady(): Promise<SdkReadyMetadata>
  /** As `whenReady`, already when decisions are possible. */
  whenReadyFromCache(): Promise<SdkReadyMetadata>
}

export interface IBrowserClient extends IStatusInterface {
  /** The treatment of a flag; `control`, or the fallback treatment, where none could be decided. Never throws. */
  getTreatment(featureFlagName: string, attributes?: Attributes, options?: EvaluationOptions): Treatment
  getTreatmentWithConfig(
    featureFlagName: string,
    attributes?: Attributes,
    options?: EvaluationOptions,
  ): TreatmentWithConfig
  getTreatments(featureFlagNames: string[], attributes?: Attributes, options?: EvaluationOptions): Treatments
  getTreatmentsWithConfig(
    featureFlagNames: string[],
    attributes?: Attributes,
    options?: EvaluationOptions,
  ): TreatmentsWithConfig
  getTreatmentsByFlagSet(flagSet: string, attributes?: Attributes, options?: EvaluationOptions): Treatments
  getTreatmentsWithConfigByFlagSet(
    flagSet: string,
    attributes?: Attributes,
    options?: EvaluationOptions,
  ): TreatmentsWithConfig
  getTreatmentsByFlagSets(flagSets: string[], attributes?: Attributes, options?: EvaluationOptions): Treatments
  getTreatmentsWithConfigByFlagSets(
    flagSets: string[],
    attributes?: Attributes,
    options?: EvaluationOptions,
  ): TreatmentsWithConfig
  /** Records an event of this client's key. @returns false, and nothing is recorded, for a wrong argument */
  track(trafficType: string, eventType: string, value?: number, properties?: Properties): boolean

  /** Binds one attribute to this client. @returns false, and nothing is bound, when name or value are not allowed */
  setAttribute(attributeName: string, attributeValue: AttributeType): boolean
  /** Binds several, all or none. Attributes of a call win over bound ones. */
  setAttributes(attributes: Attributes): boolean
  getAttribute(attributeName: string): AttributeType
  getAttributes(): Attributes
  /** @returns whether it was bound */
  removeAttribute(attributeName: string): boolean
  clearAttributes(): boolean

  /**
   * Lets go of this client. The main client's also sends what waits, and stops everything, the clients of other keys
   * too. Never rejects.
   */
  destroy(): Promise<void>
}

export interface SplitView {
  name: string
  trafficType: string
  killed: boolean
  /** Of the first rollout rule, else of the first rule. */
  treatments: string[]
  changeNumber: number
  configs: Record<string, string>
  sets: string[]
  defaultTreatment: string
  impressionsDisabled: boolean
  prerequisites: { flagName: string; treatments: string[] }[]
}
/** What is known of the flags themselves. Empty until ready from cache, and after `destroy()`. */
export interface IManager extends IStatusInterface {
  names(): string[]
  splits(): SplitView[]
  /** Null where there is no such flag. */
  split(featureFlagName: string): SplitView | null
}

export interface ImpressionDTO {
  feature: string
  /** The matching key. */
  keyName: string
  treatment: string
  /** Epoch ms. */
  time: number
  bucketingKey?: string
  label: string
  /** The definition's version, epoch ms; absent where there was no definition. */
  changeNumber: number
  /** When this page last decided the same for this key, epoch ms. */
  pt?: number
  /** JSON text. */
  properties?: string
}
export interface ImpressionData {
  impression: ImpressionDTO
  /** Of the call, bound ones included. */
  attributes?: Attributes
  /** Always false in a browser. */
  ip: string | false
  /** Always false in a browser. */
  hostname: string | false
  sdkLanguageVersion: string
}
export interface IImpressionListener {
  logImpression(data: ImpressionData): void
}
export interface EventData {
  eventTypeId: string
  value?: number
  properties?: Properties
  trafficTypeName?: string
  key?: string
  /** Epoch ms. */
  timestamp: number
}
export type IntegrationData = { type: 'IMPRESSION'; payload: ImpressionData } | { type: 'EVENT'; payload: EventData }
export interface Integration {
  queue?(data: IntegrationData): void
}
/** Called once by `SplitFactory`, with the settings. */
export type IntegrationFactory = (params: { settings: ISettings }) => Integration | void

export interface UrlSettings {
  /** @default 'https://sdk.split.io/api' */
  sdk?: string
  /** @default 'https://events.split.io/api' */
  events?: string
  /** @default 'https://auth.split.io/api' */
  auth?: string
  /** @default 'https://streaming.split.io' */
  streaming?: string
  /** Of unique keys. pennon sends no telemetry. @default 'https://telemetry.split.io/api' */
  telemetry?: string
}
export type SplitFilterType = 'bySet' | 'byName' | 'byPrefix'
export interface SplitFilter {
  type: SplitFilterType
  /** At most 50 sets, 400 names or 50 prefixes, over all filters of the type. */
  values: string[]
}
export type ImpressionsMode = 'OPTIMIZED' | 'DEBUG' | 'NONE'
export interface FallbackTreatmentConfiguration {
  /** For every flag without its own. */
  global?: Treatment | TreatmentWithConfig
  byFlag?: Record<string, Treatment | TreatmentWithConfig>
}
/** Flags of the localhost mode: a treatment, or a treatment and its configuration, by name. */
export type MockedFeaturesMap = Record<string, string | TreatmentWithConfig>
/** What the official server-side SDKs' `getRolloutPlan()` returns. */
export type RolloutPlan = object

export interface InLocalStorageOptions {
  /** Not needed: what is stored is told apart by SDK key, filters and address. @default none */
  prefix?: string
  /** Cached definitions older than this are not used, days, at least 1. @default 10 */
  expirationDays?: number
  /** Cached definitions are used only for a day after the service last confirmed them. @default false */
  clearOnInit?: boolean
  /** Ignored: the cache is in IndexedDB. */
  wrapper?: object
}
/** What `InLocalStorage()` returns. */
export interface StorageSyncFactory {
  readonly type: string
  (params: never): unknown
}

/** The settings of `SplitFactory`. Times in seconds. */
export interface IClientSideSettings {
  core: {
    /** The client-side SDK key of the environment; `'localhost'` decides by `features`, without network or storage. */
    authorizationKey: string
    key: SplitKey
    /** `false`: labels never leave the page. @default true */
    labelsEnabled?: boolean
  }
  /** @default 'standalone', the only one */
  mode?: 'standalone'
  scheduler?: {
    /** Pause between two polls for definitions, s, at least 1. @default 60 */
    featuresRefreshRate?: number
    /** Pause between two polls for memberships, s, at least 1. @default 60 */
    segmentsRefreshRate?: number
    /** Pause between two posts of impressions, s, at least 1. @default 300; in DEBUG mode 60 */
    impressionsRefreshRate?: number
    /** So many impressions are posted at once; 0 = no such limit. @default 30000 */
    impressionsQueueSize?: number
    /** Pause between two posts of events, s, at least 1. @default 60 */
    eventsPushRate?: number
    /** So many events are posted at once; 0 = no such limit. @default 500 */
    eventsQueueSize?: number
    /** Pause between two looks at `factory.settings.features`, s. Localhost mode only. @default 15 */
    offlineRefreshRate?: number
    /** Ignored: pennon sends no telemetry. */
    telemetryRefreshRate?: number
    /** Ignored: pennon sends no telemetry. */
    metricsRefreshRate?: number
    /** Ignored: waits grow from 1 s, with jitter. */
    pushRetryBackoffBase?: number
  }
  startup?: {
    /** Deadline for `SDK_READY`, s; 0 = none. @default 10 */
    readyTimeout?: number
    /** Deadline of a request, s, at the start and later; 0 = the default. @default 5 */
    requestTimeoutBeforeReady?: number
    /** Ignored: the first failure is tried again at once, and then with growing waits until it works. */
    retriesOnFailureBeforeReady?: number
    /** Wait before the first post of events, s; 0 = that of `eventsPushRate`. @default 10 */
    eventsFirstPushWindow?: number
  }
  urls?: UrlSettings
  /** Flags to decide by in localhost mode. */
  features?: MockedFeaturesMap
  /** Where definitions are kept from page to page: `InLocalStorage()`. @default nowhere */
  storage?: StorageSyncFactory
  /** Definitions and memberships that the page brings along. @default none */
  initialRolloutPlan?: RolloutPlan
  /** Hear of changes by server-sent events. @default true */
  streamingEnabled?: boolean
  sync?: {
    /** Flags to download. @default all */
    splitFilters?: SplitFilter[]
    /** What is sent of repeated decisions. @default 'OPTIMIZED' */
    impressionsMode?: ImpressionsMode
    /** `false`: one fetch at the start; no polling, no streaming. @default true */
    enabled?: boolean
    requestOptions?: {
      /** Called for every request with a copy of its headers. What it returns is added; some headers cannot be changed. */
      getHeaderOverrides?: (context: { headers: Record<string, string> }) => Record<string, string>
    }
  }
  /** @default 'GRANTED' */
  userConsent?: ConsentStatus
  /** Hears of every impression, deduplicated ones too. What it throws is caught and logged. @default none */
  impressionListener?: IImpressionListener
  /** @default none */
  integrations?: IntegrationFactory[]
  /** Treatments to return instead of `control`. @default none */
  fallbackTreatments?: FallbackTreatmentConfiguration
  /** `true`: 'DEBUG'; `false`: 'NONE'; or what `DebugLogger()` and its like return. @default false */
  debug?: boolean | LogLevel | ILogger
  /** Where log lines go. @default the console */
  logger?: Logger
}

/** The settings in use, defaults filled in. Times in ms. */
export interface ISettings {
  readonly core: { authorizationKey: string; key: SplitKey; labelsEnabled: boolean }
  readonly mode: 'standalone' | 'localhost'
  readonly scheduler: Record<SchedulerTimes | 'impressionsQueueSize' | 'eventsQueueSize', number>
  readonly startup: Record<StartupTimes | 'retriesOnFailureBeforeReady', number>
  readonly urls: Required<UrlSettings>
  /** Looked at again and again in localhost mode: assign another map to change the flags. */
  features?: MockedFeaturesMap
  readonly storage?: StorageSyncFactory
  readonly initialRolloutPlan?: RolloutPlan
  readonly streamingEnabled: boolean
  readonly sync: NonNullable<IClientSideSettings['sync']> & {
    splitFilters: SplitFilter[]
    impressionsMode: ImpressionsMode
    enabled: boolean
  }
  /** Follows `UserConsent`. */
  readonly userConsent: ConsentStatus
  readonly impressionListener?: IImpressionListener
  readonly integrations: IntegrationFactory[]
  readonly fallbackTreatments?: FallbackTreatmentConfiguration
  readonly debug?: boolean | LogLevel | ILogger
  readonly logger?: Logger
  /** `pennon-<version>`. */
  readonly version: string
}
type SchedulerTimes =
  | 'featuresRefreshRate'
  | 'segmentsRefreshRate'
  | 'impressionsRefreshRate'
  | 'eventsPushRate'
  | 'offlineRefreshRate'
  | 'telemetryRefreshRate'
  | 'pushRetryBackoffBase'
type StartupTimes = 'readyTimeout' | 'requestTimeoutBeforeReady' | 'eventsFirstPushWindow'

/** What `SplitFactory` returns. */
export interface IBrowserSDK {
  /**
   * The client of the settings' key, or of another key on the same definitions and connection; the same object for the
   * same key until that one is destroyed.
   *
   * @throws Error for a key that is none
   */
  client(key?: SplitKey): IBrowserClient
  manager(): IManager
  settings: ISettings
  Logger: ILoggerAPI
  UserConsent: IUserConsentAPI
  /** Destroys the clients of all keys. Never rejects. */
  destroy(): Promise<void>
}
