import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderEvents,
  type EvaluationContext,
  type FlagMetadata,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  type ResolutionReason,
} from '@openfeature/web-sdk'
import { createClient } from '../client/createClient'
import type { Client, TrackOptions } from '../client/types/client'
import type { Key, Settings } from '../client/types/settings'
import type { Attributes } from '../evaluation/types'
import type { Explanation } from '../late/explain/types'
import type { PennonSettingsError } from '../shared/errors'

/** The settings of the provider's client, whose user the context names; or a client that the application made, and destroys. */
export type PennonProviderSettings = Omit<Settings, 'key' | 'attributes'> | { client: Client }

/** Makes a flag's value of its treatment and configuration; undefined where that is impossible. */
type Read<Value> = (treatment: string, config: string | null) => Value | undefined

/**
 * Pause between two looks at a client, ms: no event says that it has become stale, nor that the service is there again if
 * no flag changed.
 */
const LOOK_MS = 1_000

/** The error codes of a `control`, by its label. */
const ERRORS: ReadonlyMap<string | undefined, ErrorCode> = new Map([
  ['definition not found', ErrorCode.FLAG_NOT_FOUND],
  ['archived', ErrorCode.FLAG_NOT_FOUND],
  ['not ready', ErrorCode.PROVIDER_NOT_READY],
  ['invalid input', ErrorCode.INVALID_CONTEXT],
])

/**
 * A provider for OpenFeature's web SDK. The context's `targetingKey` is the key, `bucketingKey` (where there is one) the
 * bucketing key, `trafficType` the traffic type of tracked events; everything in the context is an attribute.
 *
 * A flag's string is its treatment; its boolean is `true` for the treatments `on` and `true`, `false` for `off` and `false`,
 * in letters of any case; its number is the treatment's; its object is its configuration, parsed. What is none of these is
 * the default value with `TYPE_MISMATCH` or `PARSE_ERROR`, and so is `control`, with an error code that says why. `variant` is
 * the treatment; `flagMetadata` has `label`, `changeNumber` and `config` (FME: dynamic configuration).
 *
 * The properties of the event are the members that `track` is given beside `value`, and those of a member `properties`.
 *
 * Every evaluation records an impression for the key of its own context, so that a change of context never mixes users up.
 *
 * @throws PennonSettingsError for a mistake in the settings, with the first context that has a `targetingKey`: where that is the one that
 * the provider is initialised with, its status is `FATAL` then, and else `ERROR`
 * @example
 * await OpenFeature.setProviderAndWait(createPennonProvider({ sdkKey: 'YOUR_SDK_KEY' }), { targetingKey: 'user-42' })
 */
export function createPennonProvider(settings: PennonProviderSettings): Provider {
  const events = new OpenFeatureEventEmitter()
  const given = (settings as { client?: Client }).client
  let isOpen = false
  let first: Client | undefined
  /** The client of the context that was set last. */
  let current: Client | undefined
  let stopFollowing = () => {}
  /** Whether OpenFeature was told of a fault that is not over. */
  let isTold = false

  const clientOf = ({ targetingKey, bucketingKey }: EvaluationContext): Client | undefined => {
    // OpenFeature may tell a provider of other contexts even after it closed it.
    if (!targetingKey || !isOpen) return given
    const key: Key = typeof bucketingKey === 'string' ? { matchingKey: targetingKey, bucketingKey } : targetingKey
    try {
      first ??= given ?? createClient({ ...(settings as Omit<Settings, 'key'>), key })
    } catch (error) {
      // The key is the context's, and the next context may have a better one. Any other mistake in the settings is fatal: OpenFeature must
      // not wait for the provider to become ready.
      const fault = error as PennonSettingsError & { code: ErrorCode }
      fault.code = fault.setting === 'key' ? ErrorCode.INVALID_CONTEXT : ErrorCode.PROVIDER_FATAL
      throw fault
    }
    return first.forKey(key)
  }

  /** Tells OpenFeature of the changes that concern a user, and no longer of those of the last one. */
  const follow = (client: Client) => {
    if (client === current) return
    stopFollowing()
    // OpenFeature forgets the fault with the change of user.
    isTold = false
    current = client
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const { stale, updates, destroyed } = client.status()
      if (updates !== 'none' && !destroyed) timer = setTimeout(look, LOOK_MS)
      if (stale === isTold) return
      isTold = stale
      events.emit(stale ? ProviderEvents.Stale : ProviderEvents.Ready)
    }
    // Before decisions are possible OpenFeature waits for `waitFor`, or has heard from it that there are none. When that ends, OpenFeature
    // takes the provider for ready, whatever was told before.
    const stopLooking = client.on('readyFromCache', () => (timer = setTimeout(look, LOOK_MS)))
    const stopTelling = client.on('update', ({ names }) =>
      events.emit(ProviderEvents.ConfigurationChanged, names[0] ? { flagsChanged: names } : {}),
    )
    stopFollowing = () => {
      stopLooking()
      stopTelling()
      clearTimeout(timer)
    }
  }

  /** Resolves when the user of a context can be decided for. */
  const waitFor = async (context: EvaluationContext): Promise<void> => {
    const client = clientOf(context)
    if (!client) return
    follow(client)
    const { readyFromCache, source } = await client.whenReadyFromCache()
    // Reasons and labels need the second file, which comes after the first answers. `flush` waits for it, and also for posts, which must
    // not hold up a later change of user.
    if (source === 'network' && !client.explain('')) await client.flush()
    // By now there may be another user, or the provider may be closed: nobody waits for this user any more.
    if (readyFromCache || client !== current) return
    isTold = true
    throw new Error('no definitions yet')
  }

  const resolveBy =
    <Value>(read: Read<Value>) =>
    (flag: string, defaultValue: Value, context: EvaluationContext): ResolutionDetails<Value> => {
      const fail = (errorCode: ErrorCode) => ({ value: defaultValue, reason: 'ERROR', errorCode, flagMetadata })
      let flagMetadata: FlagMetadata = {}
      const client = clientOf(context)
      if (!client) return fail(ErrorCode.TARGETING_KEY_MISSING)
      const attributes = context as Attributes
      const { treatment, config } = client.getTreatmentWithConfig(flag, attributes)
      const explanation = client.explain(flag, attributes)
      const { label, changeNumber } = explanation ?? {}
      flagMetadata = {
        ...(label && { label }),
        ...(changeNumber && { changeNumber }),
        ...(config !== null && { config }),
      }
      if (treatment === 'control') return fail(ERRORS.get(label) ?? ErrorCode.GENERAL)
      try {
        const value = read(treatment, config)
        if (value === undefined) return fail(ErrorCode.TYPE_MISMATCH)
        return { value, variant: treatment, reason: reasonOf(explanation), flagMetadata }
      } catch {
        return fail(ErrorCode.PARSE_ERROR)
      }
    }

  return {
    metadata: { name: 'pennon' },
    runsOn: 'client',
    events,
    initialize(context = {}) {
      isOpen = true
      return waitFor(context)
    },
    onContextChange(_old, context) {
      const { readyFromCache, stale } = current?.status() ?? {}
      if (!readyFromCache || clientOf(context) !== current) return waitFor(context)
      // There is nothing to wait for where only attributes changed: each evaluation brings its own. OpenFeature takes the provider for ready
      // then, and has to be told again that it is stale.
      isTold &&= !stale
      return undefined
    },
    async onClose() {
      isOpen = false
      stopFollowing()
      const made = first
      first = current = undefined
      if (!given) await made?.destroy()
    },
    resolveBooleanEvaluation: resolveBy((treatment) => {
      if (/^(on|true)$/i.test(treatment)) return true
      return /^(off|false)$/i.test(treatment) ? false : undefined
    }),
    resolveStringEvaluation: resolveBy((treatment) => treatment),
    resolveNumberEvaluation: resolveBy((treatment) =>
      treatment.trim() && isFinite(+treatment) ? +treatment : undefined,
    ),
    resolveObjectEvaluation: resolveBy((_treatment, config) =>
      config === null ? undefined : (JSON.parse(config) as JsonValue),
    ) as Provider['resolveObjectEvaluation'],
    track(event, context, { value, ...details }) {
      const { properties, ...others } = details
      const options = {
        value,
        // The provider of the official SDK takes properties in a member of this name.
        properties: typeof properties === 'object' ? { ...others, ...(properties as object) } : details,
        trafficType: context['trafficType'],
      }
      clientOf(context)?.track(event, options as TrackOptions)
    },
  }
}

/** The reason why the flag has this treatment, in OpenFeature's words. */
function reasonOf(explanation: Explanation | undefined): ResolutionReason {
  if (!explanation) return 'UNKNOWN'
  const { allocation, label, matchers, prerequisites, ruleIndex = -1, rules } = explanation
  const rule = rules[ruleIndex]
  if (!rule) return label === 'killed' ? 'DISABLED' : label === 'override' ? 'STATIC' : 'DEFAULT'
  // There is a bucket of the traffic allocation only where that is less than 100.
  if (rule.partitions.filter(({ size }) => size)[1] || allocation?.bucket) return 'SPLIT'
  // The last matcher that was asked is the last one of the rule that matched.
  if (matchers.at(-1)?.type !== 'ALL_KEYS') return 'TARGETING_MATCH'
  // The rule matches everybody. If it is the first, the answer depends on nothing; if not, the user matched none of the rules before.
  return ruleIndex || prerequisites[0] ? 'DEFAULT' : 'STATIC'
}
