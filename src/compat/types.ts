/**
 * The types of the official SDK, by their official names: an application that names them imports this namespace instead of
 * the global one. Their meaning is FME's ("Browser SDK" in developer.harness.io/docs/feature-management-experimentation);
 * docs/migrating.md says what differs.
 */
// oxlint-disable-next-line typescript/no-namespace -- the official types are one, and code refers to them by it
export declare namespace SplitIO {
  /**
   * Two keys in one: the user that a decision is for, and the text that decides the bucket. Each has 1 to 250 characters.
   */
  interface SplitKeyObject {
    /** The key of the user: memberships are looked up and impressions recorded by it. */
    matchingKey: string
    /** The key that decides the bucket, and so the treatment. */
    bucketingKey: string
  }
  /** The key of the user whose treatments are asked for. A string is both keys in one. */
  type SplitKey = string | SplitKeyObject

  /** Name of a treatment. */
  type Treatment = string
  /** Treatments by flag name. */
  type Treatments = Record<string, Treatment>
  /** A treatment and its configuration. */
  interface TreatmentWithConfig {
    /** Name of the treatment. */
    treatment: Treatment
    /** The configuration as text, usually JSON; null where the treatment has none. */
    config: string | null
  }
  /** Treatments and their configurations by flag name. */
  type TreatmentsWithConfig = Record<string, TreatmentWithConfig>

  /** Value of an attribute. */
  type AttributeType = string | number | boolean | (string | number)[]
  /** Attributes of the user by name, read by targeting rules. They never leave the page. */
  type Attributes = Record<string, AttributeType>
  /** Values that travel with an impression or an event. */
  type Properties = Record<string, string | number | boolean | null>
  /** The options of one call. */
  interface EvaluationOptions {
    /** Properties that travel with the impression, which is then neither deduplicated nor counted. At most 32 KiB. @default none */
    properties?: Properties
  }

  /** The least important line that is logged. */
  type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'NONE'
  /** The object that takes log lines. */
  interface Logger {
    /** Takes a line of the level DEBUG. */
    debug(message: string): unknown
    /** Takes a line of the level INFO. */
    info(message: string): unknown
    /** Takes a line of the level WARN. */
    warn(message: string): unknown
    /** Takes a line of the level ERROR. */
    error(message: string): unknown
  }
  /** The value that `DebugLogger()` and its like return. */
  interface ILogger {
    /** Sets the least important line that is logged from now on. */
    setLogLevel(logLevel: LogLevel): void
  }
  /** The log of one factory. */
  interface ILoggerAPI {
    /** As `setLogLevel('DEBUG')`. */
    enable(): void
    /** As `setLogLevel('NONE')`. */
    disable(): void
    /**
     * Sets the least important line that is logged from now on. An unknown level changes nothing, and is logged as an
     * error.
     */
    setLogLevel(logLevel: LogLevel): void
    /** Sets the object that takes log lines from now on; without one, they go to the console. */
    setLogger(logger?: Logger): void
    /** The levels by name. */
    LogLevel: { [Level in LogLevel]: Level }
  }

  /** Whether data about the user may be sent. UNKNOWN: it waits in memory until that is known. */
  type ConsentStatus = 'GRANTED' | 'DECLINED' | 'UNKNOWN'
  /** Consent of the user, for all clients of one factory. */
  interface IUserConsentAPI {
    /**
     * `true`: data is sent. `false`: it is dropped, what waits and what is stored too.
     *
     * @returns false, and nothing changes, for anything but a boolean
     */
    setStatus(userConsent: boolean): boolean
    /** The consent that was last set, or given in the settings. */
    getStatus(): ConsentStatus
    /** The states by name. */
    Status: { [Status in ConsentStatus]: Status }
  }

  /** Names of the events. */
  interface EventConsts {
    /** This comes once: when the service confirmed definitions and memberships. */
    SDK_READY: 'init::ready'
    /** This comes once: when decisions are possible, from the cache or because the client is ready. */
    SDK_READY_FROM_CACHE: 'init::cache-ready'
    /** This comes once: when the client is not ready within `startup.readyTimeout`. Work goes on. */
    SDK_READY_TIMED_OUT: 'init::timeout'
    /** This comes each time that definitions or memberships change after `SDK_READY`. */
    SDK_UPDATE: 'state::update'
  }
  /** Name of an event. */
  type Event = EventConsts[keyof EventConsts]
  /** The payload of `SDK_READY` and `SDK_READY_FROM_CACHE`. */
  interface SdkReadyMetadata {
    /** Whether the cache had nothing, or nothing valid. */
    initialCacheLoad: boolean
    /** The time when the service last confirmed what was in the cache, epoch ms. */
    lastUpdateTimestamp?: number
  }
  /** The subject of an update. */
  type SdkUpdateMetadataType = 'FLAGS_UPDATE' | 'SEGMENTS_UPDATE'
  /** The payload of `SDK_UPDATE`. */
  interface SdkUpdateMetadata {
    /** The subject of the update. */
    type: SdkUpdateMetadataType
    /** Names of the flags that changed; empty for segments. */
    names: string[]
  }
  /** The state of a client. */
  interface ReadinessStatus {
    /** `SDK_READY` was emitted. */
    isReady: boolean
    /** Decisions are possible: also true whenever `isReady` is. */
    isReadyFromCache: boolean
    /** `SDK_READY_TIMED_OUT` was emitted, and the client is not ready since. */
    isTimedout: boolean
    /** `SDK_READY_TIMED_OUT` was emitted, whatever came later. */
    hasTimedout: boolean
    /** `destroy()` was called. */
    isDestroyed: boolean
    /** The client is ready, from the cache or the service, and not destroyed. */
    isOperational: boolean
    /** The time when the last event was emitted or the client destroyed, epoch ms; 0 before. */
    lastUpdate: number
  }

  /** The methods that any emitter of events has. */
  interface IEventEmitter {
    /** Adds a listener. */
    addListener(event: string, listener: (...values: never[]) => void): this
    /** As `addListener`. */
    on(event: string, listener: (...values: never[]) => void): this
    /** As `addListener`, for one call. */
    once(event: string, listener: (...values: never[]) => void): this
    /** Removes a listener: the one that was added last, where the same was added twice. */
    removeListener(event: string, listener: (...values: never[]) => void): this
    /** As `removeListener`. */
    off(event: string, listener: (...values: never[]) => void): this
    /** Removes the listeners of one event, or of all. */
    removeAllListeners(event?: string): this
    /** Calls the listeners of an event. @returns whether there were any */
    emit(event: string, ...values: unknown[]): boolean
  }
  /**
   * An emitter of the official events. Listeners are called in the order they came; what one throws is caught and logged,
   * and the others are still called.
   */
  interface EventEmitter extends IEventEmitter {
    /** Adds a listener. One that comes after an event that is emitted once is not called, and that is logged. */
    on(event: EventConsts['SDK_READY'], listener: (metadata: SdkReadyMetadata) => void): this
    /** Adds a listener. */
    on(event: EventConsts['SDK_READY_FROM_CACHE'], listener: (metadata: SdkReadyMetadata) => void): this
    /** Adds a listener. */
    on(event: EventConsts['SDK_UPDATE'], listener: (metadata: SdkUpdateMetadata) => void): this
    /** Adds a listener. */
    on(event: EventConsts['SDK_READY_TIMED_OUT'], listener: (message: string) => void): this
    /** Adds a listener of an event of the application's own. */
    on(event: string | symbol, listener: (...values: never[]) => void): this
    /** As `on`. */
    addListener(event: EventConsts['SDK_READY'], listener: (metadata: SdkReadyMetadata) => void): this
    /** As `on`. */
    addListener(event: EventConsts['SDK_READY_FROM_CACHE'], listener: (metadata: SdkReadyMetadata) => void): this
    /** As `on`. */
    addListener(event: EventConsts['SDK_UPDATE'], listener: (metadata: SdkUpdateMetadata) => void): this
    /** As `on`. */
    addListener(event: EventConsts['SDK_READY_TIMED_OUT'], listener: (message: string) => void): this
    /** As `on`. */
    addListener(event: string | symbol, listener: (...values: never[]) => void): this
    /** As `on`, for one call. */
    once(event: EventConsts['SDK_READY'], listener: (metadata: SdkReadyMetadata) => void): this
    /** As `on`, for one call. */
    once(event: EventConsts['SDK_READY_FROM_CACHE'], listener: (metadata: SdkReadyMetadata) => void): this
    /** As `on`, for one call. */
    once(event: EventConsts['SDK_UPDATE'], listener: (metadata: SdkUpdateMetadata) => void): this
    /** As `on`, for one call. */
    once(event: EventConsts['SDK_READY_TIMED_OUT'], listener: (message: string) => void): this
    /** As `on`, for one call. */
    once(event: string | symbol, listener: (...values: never[]) => void): this
    /** As `on`, before those that are there. */
    prependListener(event: string | symbol, listener: (...values: never[]) => void): this
    /** As `once`, before those that are there. */
    prependOnceListener(event: string | symbol, listener: (...values: never[]) => void): this
    /** Removes a listener: the one that was added last, where the same was added twice. */
    removeListener(event: string | symbol, listener: (...values: never[]) => void): this
    /** As `removeListener`. */
    off(event: string | symbol, listener: (...values: never[]) => void): this
    /** Removes the listeners of one event, or of all. */
    removeAllListeners(event?: string | symbol): this
    /** Calls the listeners of an event. @returns whether there were any */
    emit(event: string | symbol, ...values: unknown[]): boolean
    /** The listeners of an event, in the order they are called. */
    listeners(event: string | symbol): ((...values: never[]) => void)[]
    /** As `listeners`. */
    rawListeners(event: string | symbol): ((...values: never[]) => void)[]
    /** The number of listeners of an event. */
    listenerCount(event: string | symbol): number
    /** The events that have listeners. */
    eventNames(): (string | symbol)[]
    /** The most listeners of an event: 0, because any number is right. */
    getMaxListeners(): number
    /** Changes nothing: there is no limit. */
    setMaxListeners(count: number): this
  }

  /** Events, status and promises of a client. */
  interface IStatusInterface extends EventEmitter {
    /** Names of the events. */
    Event: EventConsts
    /** The state of the client or manager. */
    getStatus(): ReadinessStatus
    /**
     * As `whenReady`, without metadata. A rejection that nobody handles stays quiet.
     *
     * @deprecated as in the official SDK: use `whenReady`
     */
    ready(): Promise<void>
    /**
     * Resolves when the client is ready. Rejects with an Error at the time-out; a later call resolves once it is ready
     * after all.
     */
    whenReady(): Promise<SdkReadyMetadata>
    /** As `whenReady`, but resolves as soon as decisions are possible. */
    whenReadyFromCache(): Promise<SdkReadyMetadata>
  }

  /** The methods that every client has. */
  interface IBasicClient extends IStatusInterface {
    /**
     * Ends this client. The main client's also sends what waits, and stops everything, the clients of other keys too. Never
     * rejects.
     */
    destroy(): Promise<void>
  }
  /** A client to which attributes can be bound. */
  interface IClientWithAttributes extends IBasicClient {
    /** Binds one attribute to this client. @returns false, and nothing is bound, when name or value are not allowed */
    setAttribute(attributeName: string, attributeValue: AttributeType): boolean
    /** Binds several attributes, all or none. Attributes of a call win over bound ones. */
    setAttributes(attributes: Attributes): boolean
    /** The bound attribute of a name. */
    getAttribute(attributeName: string): AttributeType
    /** A copy of all bound attributes. */
    getAttributes(): Attributes
    /** Removes a bound attribute. @returns whether it was bound */
    removeAttribute(attributeName: string): boolean
    /** Removes all bound attributes. @returns true */
    clearAttributes(): boolean
  }
  /** The client of one key. */
  interface IBrowserClient extends IClientWithAttributes {
    /** The treatment of a flag; `control`, or the fallback treatment, where none could be decided. Never throws. */
    getTreatment(featureFlagName: string, attributes?: Attributes, options?: EvaluationOptions): Treatment
    /** As `getTreatment`, with the configuration. */
    getTreatmentWithConfig(
      featureFlagName: string,
      attributes?: Attributes,
      options?: EvaluationOptions,
    ): TreatmentWithConfig
    /** The treatments of several flags, by name. */
    getTreatments(featureFlagNames: string[], attributes?: Attributes, options?: EvaluationOptions): Treatments
    /** As `getTreatments`, with the configurations. */
    getTreatmentsWithConfig(
      featureFlagNames: string[],
      attributes?: Attributes,
      options?: EvaluationOptions,
    ): TreatmentsWithConfig
    /** The treatments of all flags of a flag set, by name. */
    getTreatmentsByFlagSet(flagSet: string, attributes?: Attributes, options?: EvaluationOptions): Treatments
    /** As `getTreatmentsByFlagSet`, with the configurations. */
    getTreatmentsWithConfigByFlagSet(
      flagSet: string,
      attributes?: Attributes,
      options?: EvaluationOptions,
    ): TreatmentsWithConfig
    /** The treatments of all flags of several flag sets, by name. */
    getTreatmentsByFlagSets(flagSets: string[], attributes?: Attributes, options?: EvaluationOptions): Treatments
    /** As `getTreatmentsByFlagSets`, with the configurations. */
    getTreatmentsWithConfigByFlagSets(
      flagSets: string[],
      attributes?: Attributes,
      options?: EvaluationOptions,
    ): TreatmentsWithConfig
    /** Records an event of this client's key. @returns false, and nothing is recorded, for a wrong argument */
    track(trafficType: string, eventType: string, value?: number, properties?: Properties): boolean
  }

  /** One flag, as the manager shows it. */
  interface SplitView {
    /** The flag's name. */
    name: string
    /** The flag's traffic type. */
    trafficType: string
    /** The flag is killed: everybody gets `defaultTreatment`. */
    killed: boolean
    /** Treatments of the first rollout rule, else of the first rule. */
    treatments: string[]
    /** The definition's version, epoch ms. */
    changeNumber: number
    /** Configurations as texts, by treatment. */
    configs: Record<string, string>
    /** The flag sets that the flag is in. */
    sets: string[]
    /** The treatment where no rule matches, and of a killed flag. */
    defaultTreatment: string
    /** Impressions are only counted, not sent. */
    impressionsDisabled: boolean
    /** Flags that this one requires, each with the treatments that it may give. */
    prerequisites: { flagName: string; treatments: string[] }[]
  }
  /** Several flags, as the manager shows them. */
  type SplitViews = SplitView[]
  /** Names of flags. */
  type SplitNames = string[]
  /**
   * The flags themselves, as far as they are known. There are none until the client is ready from cache, nor after
   * `destroy()`.
   */
  interface IManager extends IStatusInterface {
    /** Names of all flags. */
    names(): SplitNames
    /** All flags. */
    splits(): SplitViews
    /** One flag; null where there is none of that name. */
    split(featureFlagName: string): SplitView | null
  }

  /** One decision, as listeners and integrations are told of it. */
  interface ImpressionDTO {
    /** Name of the flag. */
    feature: string
    /** The matching key. */
    keyName: string
    /** The treatment that was returned, after fallback treatments. */
    treatment: string
    /** The time of the decision, epoch ms. */
    time: number
    /** The bucketing key; absent unless the application gave the key as an object. */
    bucketingKey?: string
    /** The label: which targeting rule matched, or why none could. */
    label: string
    /** The definition's version, epoch ms; absent where there was no definition. */
    changeNumber: number
    /** The time when this page last decided the same for this key, epoch ms. */
    pt?: number
    /** Properties of the call, as JSON text. */
    properties?: string
  }
  /** A decision and what was around it. */
  interface ImpressionData {
    /** The decision. */
    impression: ImpressionDTO
    /** The attributes of the call, bound ones included. */
    attributes?: Attributes
    /** This is always false in a browser. */
    ip: string | false
    /** This is always false in a browser. */
    hostname: string | false
    /** `pennon-<version>`. */
    sdkLanguageVersion: string
  }
  /** Hears of every impression. */
  interface IImpressionListener {
    /** Called in a microtask after the decision. What it throws is caught and logged. */
    logImpression(data: ImpressionData): void
  }
  /** An event that `track` took. */
  interface EventData {
    /** The event's name. */
    eventTypeId: string
    /** The number that metrics sum up or average. */
    value?: number
    /** The event's properties. */
    properties?: Properties
    /** The kind of thing that the key identifies, such as `user`. */
    trafficTypeName?: string
    /** The matching key. */
    key?: string
    /** The time when the event was recorded, epoch ms. */
    timestamp: number
  }
  /** The data that an integration is told of. */
  type IntegrationData = { type: 'IMPRESSION'; payload: ImpressionData } | { type: 'EVENT'; payload: EventData }
  /** Hears of every impression and event. */
  interface Integration {
    /** Called in a microtask after the call. What it throws is caught and logged. */
    queue?(data: IntegrationData): void
  }
  /** Called once by `SplitFactory`, with the settings. */
  interface IntegrationFactory {
    /** Starts the integration. */
    (params: { settings: ISettings }): Integration | void
    /** The integration's name; pennon does not read it. */
    readonly type: string
  }

  /** Base addresses per purpose. */
  interface UrlSettings {
    /** Base address of definitions and memberships. @default 'https://sdk.split.io/api' */
    sdk?: string
    /** Base address of impressions, their counts, and events. @default 'https://events.split.io/api' */
    events?: string
    /** Base address of streaming tokens. @default 'https://auth.split.io/api' */
    auth?: string
    /** Base address of server-sent events. @default 'https://streaming.split.io' */
    streaming?: string
    /** Base address of unique keys: pennon sends no telemetry. @default 'https://telemetry.split.io/api' */
    telemetry?: string
  }
  /** The property of a flag that a filter looks at. Where there are sets, names and prefixes count for nothing. */
  type SplitFilterType = 'bySet' | 'byName' | 'byPrefix'
  /** Flags to download. */
  interface SplitFilter {
    /** The property of a flag that the filter looks at. */
    type: SplitFilterType
    /** There may be at most 50 sets, 400 names or 50 prefixes, over all filters of the type. */
    values: string[]
  }
  /** The impressions that are sent of repeated decisions: the first of each hour and a count, each one, or counts only. */
  type ImpressionsMode = 'OPTIMIZED' | 'DEBUG' | 'NONE'
  /** Treatments to return instead of `control`. An entry that is no treatment is left out, and logged. */
  interface FallbackTreatmentConfiguration {
    /** The fallback of flags that `byFlag` does not name. */
    global?: Treatment | TreatmentWithConfig
    /** The fallback of single flags, by their names. */
    byFlag?: Record<string, Treatment | TreatmentWithConfig>
  }
  /** Flags of the localhost mode: a treatment, or a treatment and its configuration, by name. */
  type MockedFeaturesMap = Record<string, string | TreatmentWithConfig>
  /** The value that the official server-side SDKs' `getRolloutPlan()` returns. */
  type RolloutPlan = object

  /** Options of `InLocalStorage`. */
  interface InLocalStorageOptions {
    /** No prefix is needed: what is stored is told apart by SDK key, filters and address. @default none */
    prefix?: string
    /** Cached definitions older than this are not used, days, at least 1. @default 10 */
    expirationDays?: number
    /** Cached definitions are used only for a day after the service last confirmed them. @default false */
    clearOnInit?: boolean
    /** pennon does not use it: the cache is in IndexedDB. */
    wrapper?: StorageWrapper
  }
  /** A storage of the application's own. */
  interface StorageWrapper {
    /** The text of a name, or null. */
    getItem(key: string): string | null | Promise<string | null>
    /** Keeps a text. */
    setItem(key: string, value: string): void | Promise<void>
    /** Forgets a text. */
    removeItem(key: string): void | Promise<void>
  }
  /** The place where definitions are kept. The storages of servers have names here, but do not work in a browser. */
  type StorageType = BrowserStorage | 'REDIS' | 'PLUGGABLE'
  /** With `MEMORY` nothing is kept from page to page. With `LOCALSTORAGE` definitions are kept in IndexedDB. */
  type BrowserStorage = 'MEMORY' | 'LOCALSTORAGE'
  /** The value that a storage factory of the official SDK returns. */
  type StorageSync = unknown
  /** The value that `InLocalStorage()` returns. */
  interface StorageSyncFactory {
    /** pennon does not call it, because it opens the storage itself. */
    (params: unknown): StorageSync
    /** `'LOCALSTORAGE'` stores definitions; anything else stores nothing. */
    readonly type: StorageType
  }
  /** The storage in use. */
  interface StorageOptions {
    /** `'LOCALSTORAGE'` stores definitions; anything else stores nothing. */
    type: BrowserStorage
    /** No prefix is needed: what is stored is told apart by SDK key, filters and address. */
    prefix?: string
    /** pennon does not read it. */
    options?: object
  }
  /** The user that an event or a decision is about, in the words of an analytics tool. */
  interface Identity {
    /** The matching key. */
    key: string
    /** The key's traffic type. */
    trafficType: string
  }

  /** The settings of `SplitFactory`. Times are in seconds. */
  interface IClientSideSettings {
    /** The environment, and the user. */
    core: {
      /** The client-side SDK key of the environment; `'localhost'` decides by `features`, without network or storage. */
      authorizationKey: string
      /** The user of the main client. */
      key: SplitKey
      /** Whether labels may leave the page. @default true */
      labelsEnabled?: boolean
    }
    /** The consumer modes need a storage on a server, and throw. @default 'standalone' */
    mode?: 'standalone'
    /** The pauses between requests, and how much is sent at once. */
    scheduler?: {
      /** Pause between two polls for definitions, s, at least 1. @default 60 */
      featuresRefreshRate?: number
      /** Pause between two polls for memberships, s, at least 1. @default 60 */
      segmentsRefreshRate?: number
      /** Pause between two posts of impressions, s, at least 1. @default 300; in DEBUG mode 60 */
      impressionsRefreshRate?: number
      /** Impressions are posted at once when so many wait; 0 = no such limit. @default 30000 */
      impressionsQueueSize?: number
      /** Pause between two posts of events, s, at least 1. @default 60 */
      eventsPushRate?: number
      /** Events are posted at once when so many wait; 0 = no such limit. @default 500 */
      eventsQueueSize?: number
      /** Pause between two looks at `factory.settings.features`, s. Localhost mode only. @default 15 */
      offlineRefreshRate?: number
      /** pennon does not read it: it sends no telemetry. */
      telemetryRefreshRate?: number
      /** pennon does not read it: it sends no telemetry. */
      metricsRefreshRate?: number
      /** pennon does not read it: waits grow from 1 s, with jitter. */
      pushRetryBackoffBase?: number
    }
    /** The waits at the start. */
    startup?: {
      /** Deadline for `SDK_READY`, s; 0 = none. @default 10 */
      readyTimeout?: number
      /** Deadline of a request, s, at the start and later; 0 = the default. @default 5 */
      requestTimeoutBeforeReady?: number
      /** pennon does not read it: the first failure is tried again at once, and then with growing waits until it works. */
      retriesOnFailureBeforeReady?: number
      /** Wait before the first post of events, s; 0 = that of `eventsPushRate`. @default 10 */
      eventsFirstPushWindow?: number
    }
    /** Base addresses, for a proxy. @default the service's */
    urls?: UrlSettings
    /** Flags to decide by in localhost mode. */
    features?: MockedFeaturesMap
    /** The place where definitions are kept from page to page: `InLocalStorage()`. @default nowhere */
    storage?: StorageSyncFactory
    /** Definitions and memberships that the page brings along. @default none */
    initialRolloutPlan?: RolloutPlan
    /** Whether the client hears of changes by server-sent events. @default true */
    streamingEnabled?: boolean
    /** The requests to the service. */
    sync?: {
      /** Flags to download. @default all */
      splitFilters?: SplitFilter[]
      /** The impressions that are sent of repeated decisions. @default 'OPTIMIZED' */
      impressionsMode?: ImpressionsMode
      /** Whether the client goes on asking after the start, by polling and streaming. @default true */
      enabled?: boolean
      /** The form of each request. */
      requestOptions?: {
        /** Called for every request with a copy of its headers. What it returns is added; some headers cannot be changed. */
        getHeaderOverrides?: (context: { headers: Record<string, string> }) => Record<string, string>
      }
    }
    /** Whether data about the user may be sent, at the start. @default 'GRANTED' */
    userConsent?: ConsentStatus
    /** Hears of every impression, deduplicated ones too. @default none */
    impressionListener?: IImpressionListener
    /** Tools that hear of every impression and event. @default none */
    integrations?: (IntegrationFactory | ((params: { settings: ISettings }) => Integration | void))[]
    /** Treatments to return instead of `control`. @default none */
    fallbackTreatments?: FallbackTreatmentConfiguration
    /** `true`: 'DEBUG'; `false`: 'NONE'; or what `DebugLogger()` and its like return. @default false */
    debug?: boolean | LogLevel | ILogger
    /** The object that takes log lines. @default the console */
    logger?: Logger
  }

  /** The settings of `SplitFactory` as the official JavaScript and React SDKs take them. Times are in seconds. */
  interface IBrowserSettings extends Omit<IClientSideSettings, 'storage' | 'debug' | 'integrations'> {
    /** The place where definitions are kept from page to page. @default nowhere */
    storage?: InLocalStorageOptions & {
      /** `'LOCALSTORAGE'` keeps them in IndexedDB. @default 'MEMORY' */
      type?: BrowserStorage
    }
    /** `true`: 'DEBUG'; `false`: 'NONE'. @default false */
    debug?: boolean | LogLevel
    /** Tools that hear of every impression and event. @default none */
    integrations?: IClientSideSettings['integrations']
  }
  /** The settings are those of a browser. */
  type IReactNativeSettings = IClientSideSettings
  /** `standalone`, or `localhost` where that is the SDK key; the consumer modes of the official SDK are not there. */
  type SDKMode = 'standalone' | 'localhost' | 'consumer' | 'consumer_partial'

  /** The settings in use: as given, defaults filled in. Times are in ms. */
  interface ISettings extends Omit<IClientSideSettings, 'mode' | 'storage' | 'integrations'> {
    /** `localhost` where that is the SDK key. */
    mode: 'standalone' | 'localhost'
    /** The storage that was given, with a `type`. */
    storage: StorageSyncFactory | StorageOptions
    /** The value that was given. */
    debug: boolean | LogLevel | ILogger
    /** The flags that were given. In localhost mode, assign another map to change them. */
    features: MockedFeaturesMap
    /** The log of the factory. */
    log: Logger & ILogger
    /** The address and name of the machine, which are always false in a browser. */
    runtime: { ip: string | false; hostname: string | false }
    /** The environment, and the user. */
    core: IClientSideSettings['core'] & {
      /** Whether labels leave the page. */
      labelsEnabled: boolean
      /** This is false: pennon sends no IP addresses. */
      IPAddressesEnabled: boolean
    }
    /** The pauses of `IClientSideSettings`, in ms. */
    scheduler: Required<Omit<NonNullable<IClientSideSettings['scheduler']>, 'metricsRefreshRate'>>
    /** The waits at the start, in ms. */
    startup: Required<NonNullable<IClientSideSettings['startup']>>
    /** Every base address. */
    urls: Required<UrlSettings>
    /** Whether the client listens to server-sent events. */
    streamingEnabled: boolean
    /** The requests to the service. */
    sync: NonNullable<IClientSideSettings['sync']> & {
      /** The filters that were given. */
      splitFilters: SplitFilter[]
      /** The mode that was given, in upper case. */
      impressionsMode: ImpressionsMode
      /** Whether the client goes on asking after the start. */
      enabled: boolean
      /** Version of the definitions' format. */
      flagSpecVersion: string
    }
    /** The consent, as `UserConsent` last set it. */
    userConsent: ConsentStatus
    /** The integrations that were given, without those that are no functions. */
    integrations: IntegrationFactory[]
    /** `pennon-<version>`. */
    version: string
  }

  /** The members that every factory has. */
  interface IBasicSDK {
    /** The settings in use. In localhost mode, assign another map to `features` to change the flags. */
    settings: ISettings
    /** Level and sink of the log. */
    Logger: ILoggerAPI
    /** Destroys the clients of all keys. Never rejects. */
    destroy(): Promise<void>
  }
  /** The factory that `SplitFactory` returns. */
  interface IBrowserSDK extends IBasicSDK {
    /**
     * The client of the settings' key, or of another key on the same definitions and connection; the same object for the
     * same key until that one is destroyed.
     *
     * @throws Error for a key that is none
     */
    client(key?: SplitKey): IBrowserClient
    /** The manager; the same object at every call. */
    manager(): IManager
    /** Consent of the user. */
    UserConsent: IUserConsentAPI
    /** Starts the factory, for the first time or after `destroy()`. It is there only with `lazyInit`. */
    init?(): void
  }
  /** The object that `SplitFactory` hands to its second argument. */
  interface FactoryModules {
    /** The settings in use, before anything starts. */
    settings: ISettings
    /** `true`: nothing starts before `init()` of the factory. @default false */
    lazyInit?: boolean
  }

  /** A client of the official server-side SDKs, so that code for both sides can name it. */
  type IClient = IBasicClient & {
    /** As in `IBrowserClient`, for a key that each call names. */
    [Name in Extract<keyof IBrowserClient, `getTreatment${string}` | 'track'>]: (
      key: SplitKey,
      ...values: Parameters<IBrowserClient[Name]>
    ) => ReturnType<IBrowserClient[Name]>
  }
  /** The part of the definitions that a rollout plan of a server holds. */
  interface RolloutPlanOptions {
    /** The keys whose memberships it holds. */
    keys?: SplitKey[]
    /** Whether memberships are held as segments, not by key. */
    exposeSegments?: boolean
  }
  /** A factory of the official server-side SDKs, so that code for both sides can name it. */
  interface ISDK extends IBasicSDK {
    /** The client. */
    client(): IClient
    /** The manager. */
    manager(): IManager
    /** Definitions and memberships for a page, for `initialRolloutPlan`. */
    getRolloutPlan(options?: RolloutPlanOptions): RolloutPlan
  }
}
