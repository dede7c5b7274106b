import { isPlainObject } from '../shared/isPlainObject'
import { stringify } from '../shared/json'
import { sayUnknownOptions } from '../shared/sayUnknownOptions'
import type { ConsentState } from '../shared/consent'
import type { Log } from '../shared/log'
import type { Sink } from '../shared/types'
import type { EventItem } from './types'

/** Records one event of a key. @returns false, with one log line, when something about it is not allowed. Never throws. */
export type Track = (key: string, event: unknown, options?: unknown) => boolean

interface TrackParts {
  /** The traffic type of events whose call names none. */
  trafficType: string | undefined
  now: () => number
  consent: Pick<ConsentState, 'isDeclined'>
  /** Whether a flag in use is of this traffic type, as far as flags are known. */
  hasTrafficType: (name: string) => boolean
  /** The properties as they travel; undefined when they are no plain object, or too big. */
  validateProperties: (properties: unknown) => EventItem['properties'] | undefined
  sink: Pick<Sink, 'add'>
  log: Log
}

const OPTIONS = ['trafficType', 'value', 'properties']
const NAME = /^[a-z\d][-_.:a-z\d]{0,79}$/i
/** The service ignores properties beyond this many. */
const MAX_PROPERTIES = 300

export function createTrack(parts: TrackParts): Track {
  const { trafficType: usual, now, consent, hasTrafficType, validateProperties, sink, log } = parts
  const refuse = (why: unknown) => {
    log.warn('event refused', why)
    return false
  }

  const record: Track = (key, event, options) => {
    if (typeof event !== 'string' || !NAME.test(event)) {
      return refuse('its name')
    }
    const given = options ?? {}
    if (!isPlainObject(given)) return refuse('its options')
    sayUnknownOptions(given, OPTIONS, log)
    const { trafficType = usual, value, properties } = given
    if (typeof trafficType !== 'string' || !trafficType) return refuse('its traffic type')
    const amount = value instanceof Number ? Number(value) : value
    if (amount != null && !Number.isFinite(amount)) return refuse('its value')
    const valid = properties == null ? null : validateProperties(properties)
    if (!valid && valid !== null) return refuse('its properties')

    const trafficTypeName = trafficType.toLowerCase()
    if (!hasTrafficType(trafficTypeName)) {
      log.once('warn', `trafficType ${trafficTypeName}`, 'unknown traffic type', trafficTypeName)
    }
    if (Object.keys(valid ?? {}).length > MAX_PROPERTIES) {
      log.once('warn', 'properties', 'too many properties', event)
    }
    // Members are in the order of the service's own bodies; an absent value stays absent.
    const item: EventItem = {
      eventTypeId: event,
      trafficTypeName,
      ...(amount !== undefined && { value: amount as number | null }),
      timestamp: now(),
      key,
      properties: valid,
    }
    sink.add('events', item, stringify(item).length)
    return true
  }

  return (key, event, options = {}) => {
    try {
      return !consent.isDeclined && record(key, event, options)
    } catch (fault) {
      // A getter or a proxy may throw.
      return refuse(fault)
    }
  }
}
