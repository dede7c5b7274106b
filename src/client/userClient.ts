import { createEmitter } from '../shared/emitter'
import { createBoundAttributes, mergeAttributes } from './attributes'
import { createDecide, type DecidingParts, type DecidingUser } from './decide'
import { toFlagView } from './flagView'
import { createReadiness } from './readiness'
import { areAttributesValid, validateFlagName, validateFlagNames, validateFlagSets } from './validation'
import type { Attributes, Definitions, Subject } from '../evaluation/types'
import type { Track } from '../events/track'
import type { Emitter } from '../shared/emitter'
import type { Impressions } from '../impressions/impressions'
import type { Connection } from './connection'
import type { Milestone, Readiness } from './readiness'
import type { SecondFile } from './secondFile'
import type { Client, TreatmentOptions } from './types/client'
import type { ClientEvents, Status } from './types/events'
import type { FlagView } from './types/flagView'
import type { TreatmentWithConfig } from './types/flags'
import type { ValidKey } from '../shared/validateKey'

const EVENTS = ['ready', 'readyFromCache', 'timeout', 'update', 'impression', 'delivery', 'error']

/** One user's client, with the controls that the application does not see. */
export interface UserClient {
  readonly client: Client
  readonly readiness: Readiness
  readonly emit: Emitter<ClientEvents>['emit']
  /** Decides for this subject from now on, because memberships changed. */
  setSubject(subject: Subject | undefined): void
}

/** The parts that the clients of all keys share. */
export interface SharedParts extends DecidingParts, Connection {
  definitions: Definitions & {
    names(): string[]
    raw(name: string): unknown
    namesInSets(sets: readonly string[]): string[]
  }
  flagSets: readonly string[] | undefined
  secondFile: SecondFile
  track: Track
  listeners: Impressions['listeners']
  readyTimeoutMs: number
}

interface UserParts {
  /** The key; undefined where the application gave an invalid one, so that every call is refused. */
  key: ValidKey | undefined
  /** The key with its memberships; undefined without a key. */
  subject: Subject | undefined
  attributes: Attributes | undefined
  /** Ends what belongs to this client alone; for the client that `createClient` returned, everything. */
  onDestroy: () => Promise<void>
  forKey: Client['forKey']
  shared: SharedParts
}

export function createUserClient({ key, subject, attributes, onDestroy, forKey, shared }: UserParts): UserClient {
  const { definitions, listeners, log } = shared
  let destroyed: Promise<void> | undefined
  const emitter = createEmitter<ClientEvents>((event, fault) => log.error('listener threw', event, fault))
  const bound = createBoundAttributes(log)
  if (attributes) bound.set(attributes)

  const status = (): Status => ({
    key: key?.matchingKey,
    ready: readiness.reached.ready,
    readyFromCache: readiness.reached.readyFromCache,
    timedOut: readiness.reached.timeout,
    destroyed: user.isDestroyed,
    ...shared.status(),
  })
  const readiness = createReadiness({
    timeoutMs: shared.readyTimeoutMs,
    status,
    emit(milestone, ms) {
      const reached = status()
      log.debug('reached', milestone, ms, reached)
      emitter.emit(milestone, reached)
    },
  })
  const user: DecidingUser = { key, subject, attributes: bound, reached: readiness.reached, isDestroyed: false }
  /** Whether the client was destroyed. A call after that is a mistake, and is logged once. */
  const isGone = () => {
    if (user.isDestroyed) log.once('warn', 'destroyed', 'destroyed')
    return user.isDestroyed
  }
  const isOperational = () => readiness.reached.readyFromCache && !user.isDestroyed

  const decide = createDecide(user, shared)
  const withConfig = (flag: string, attributes?: Attributes, options?: TreatmentOptions): TreatmentWithConfig => {
    const { treatment, config } = decide(flag, attributes, options)
    return { treatment, config }
  }
  /** The answers of `peek`, once each, because its callers compare by identity. Treatments with their configurations are few. */
  const peeked: TreatmentWithConfig[] = []
  /** Makes a method that answers for several names. `fromEntries` makes own members, whatever the names are. */
  const each =
    <Given, Answer>(
      namesIn: (given: Given) => string[],
      answer: (flag: string, attributes?: Attributes, options?: TreatmentOptions) => Answer,
    ) =>
    (given: Given, attributes?: Attributes, options?: TreatmentOptions): Record<string, Answer> =>
      Object.fromEntries(namesIn(given).map((name) => [name, answer(name, attributes, options)] as const))
  const treatment = (flag: string, attributes?: Attributes, options?: TreatmentOptions) =>
    decide(flag, attributes, options).treatment
  const configuredSets = shared.flagSets && new Set(validateFlagSets(shared.flagSets))
  const inSets = (sets: unknown): string[] => {
    if (isGone() || !isOperational() || !key) return []
    const names = definitions.namesInSets(validateFlagSets(sets, configuredSets))
    if (!names.length) log.mistake('no flag in sets', validateFlagSets(sets).join(', '))
    return names
  }
  const inSet = (set: unknown) => inSets([set])
  const listOf = (flags: unknown): string[] => {
    const names = validateFlagNames(flags)
    if (!names.length) log.mistake('no flag names', typeof flags)
    return names
  }

  /** Ends the feed of this client's `impression` listeners. It begins with the first of them, because making impressions costs time. */
  let stopFeed: (() => void) | undefined

  const listening =
    (isOnce: boolean): Client['on'] =>
    (event, listener) => {
      if (isGone()) return () => undefined
      const isKnown = EVENTS.includes(event)
      if (!isKnown) log.mistake('unknown name', event, EVENTS, 'event')
      if (typeof listener !== 'function') {
        log.mistake('invalid listener', event)
        return () => undefined
      }
      if (event === 'impression') {
        stopFeed ??= listeners.add((impression, of) => {
          if (of === key) emitter.emit('impression', impression)
        })
      }
      // A milestone that was reached does not come again, so the listener is told of it now.
      const isMissed = isKnown && readiness.reached[event as Milestone]
      const off = emitter.on(
        event,
        isOnce
          ? (payload) => {
              off()
              listener(payload)
            }
          : listener,
        isMissed ? (status as () => never) : undefined,
      )
      return off
    }

  const setAttributes = (attributes: unknown) => {
    isGone()
    return bound.set(attributes)
  }

  const client: Client = {
    key,
    getTreatment: treatment,
    getTreatmentWithConfig: withConfig,
    getTreatments: each(listOf, treatment),
    getTreatmentsWithConfig: each(listOf, withConfig),
    getTreatmentsByFlagSet: each(inSet, treatment),
    getTreatmentsWithConfigByFlagSet: each(inSet, withConfig),
    getTreatmentsByFlagSets: each(inSets, treatment),
    getTreatmentsWithConfigByFlagSets: each(inSets, withConfig),
    peek(flag, attributes) {
      const { treatment, config } = decide(flag, attributes, undefined, true)
      let same = peeked.find((known) => known.treatment === treatment && known.config === config)
      if (!same) peeked.push((same = Object.freeze({ treatment, config })))
      return same
    },
    explain(flag, attributes) {
      const name = validateFlagName(flag)
      const isRefused = name === undefined || !key || user.isDestroyed || !areAttributesValid(attributes)
      return shared.secondFile.late?.explain({
        name: name ?? '',
        refusal: isRefused ? shared.fallback.refused(name) : undefined,
        subject: isOperational() ? user.subject : undefined,
        attributes: mergeAttributes(bound.all, attributes),
        fallback: shared.fallback.apply,
      })
    },

    forKey,
    setAttribute: (name, value) => setAttributes(typeof name === 'string' && { [name]: value }),
    setAttributes,
    getAttribute: bound.get,
    getAttributes: () => ({ ...bound.all }),
    removeAttribute: bound.remove,
    clearAttributes: bound.clear,
    track: (event, options) => !!key && !isGone() && shared.track(key.matchingKey, event, options),

    on: listening(false),
    once: listening(true),
    whenReady: readiness.whenReady,
    whenReadyFromCache: readiness.whenReadyFromCache,
    status,

    flags: {
      names: () => (isOperational() ? definitions.names() : []),
      get: (name) => (isOperational() ? viewOf(validateFlagName(name) ?? '') : null),
      all: () => (isOperational() ? definitions.names().flatMap((name) => viewOf(name) ?? []) : []),
    },
    consent: shared.consent,
    get overrides() {
      return shared.secondFile.late?.overrides
    },
    flush: shared.flush,
    update: shared.update,
    destroy() {
      if (destroyed) return destroyed
      // The mark comes first: the promises that `readiness.stop()` resolves give a status that says so.
      user.isDestroyed = true
      let done!: () => void
      destroyed = new Promise((resolve) => (done = resolve))
      listeners.deliverNow()
      stopFeed?.()
      readiness.stop()
      emitter.clear()
      void onDestroy().finally(done)
      return destroyed
    },
  }

  function viewOf(name: string): FlagView | null {
    const definition = definitions.raw(name)
    return definition === undefined ? null : toFlagView(name, definition)
  }

  return {
    client,
    readiness,
    emit: emitter.emit,
    setSubject(changed) {
      user.subject = changed
    },
  }
}
