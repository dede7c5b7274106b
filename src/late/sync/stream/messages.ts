import type { ChangeNumbers } from '../../../shared/changeNumbers'
import type { SegmentKind } from '../../../definitions/types'

/** A message of the stream, as far as it is read. Members of type `unknown` cannot be trusted. */
export interface Message {
  readonly type?: unknown
  /** The kind of data that changed; undefined when the message tells of no change. */
  readonly kind: keyof ChangeNumbers | SegmentKind | undefined
  /** The change number that the message brings, if there is a `kind`: a safe integer that is not far ahead of the clock. */
  readonly number: number
  readonly channel: string
  readonly timestamp: number
  /** The envelope says that this is about publishers. */
  readonly isOccupancy: boolean
  readonly metrics?: { publishers?: unknown } | null
  readonly controlType?: unknown
  // Messages about definitions have these members.
  /** The change number that the change follows. */
  readonly pcn?: unknown
  /** The name of the flag that a kill is about; `defaultTreatment` is a text there, too. */
  readonly splitName?: unknown
  readonly defaultTreatment?: unknown
  // Messages about memberships have these members.
  /** The names of the segments. */
  readonly n?: unknown
  /** The older name of `n`. */
  readonly l?: unknown
  /**
   * The effect of the message. 1: the keys in a bitmap fetch; 2: keys are added and removed; 3: segments are removed;
   * anything else: all keys fetch.
   */
  readonly u?: unknown
  /** See `fetchDelay`. */
  readonly i?: unknown
  readonly h?: unknown
  readonly s?: unknown
  // Messages of both kinds may have these members.
  /** The compression of the payload, by its number. */
  readonly c?: unknown
  /** The payload, in base64. */
  readonly d?: unknown
}

/** The kind of data that a message changes, by its type. */
const KINDS: Readonly<Record<string, Message['kind']>> = {
  SPLIT_UPDATE: 'flags',
  SPLIT_KILL: 'flags',
  RB_SEGMENT_UPDATE: 'ruleBasedSegments',
  MEMBERSHIPS_MS_UPDATE: 'ms',
  MEMBERSHIPS_LS_UPDATE: 'ls',
}
/**
 * The most that a change number may be ahead of the clock, ms. Change numbers are times of the service. One of later than
 * tomorrow is a mistake, and would make all that come after it look old.
 */
const MOST_AHEAD_MS = 86_400_000

/**
 * Opens the envelope.
 *
 * @param now epoch ms
 * @returns undefined when it brings nothing; `unreadable` when something may have changed, but the message cannot say what
 */
export function readMessage(data: string, now: number): Message | 'unreadable' | undefined {
  try {
    const envelope = JSON.parse(data) as { data?: string; channel?: unknown; timestamp?: unknown; name?: unknown }
    if (typeof envelope === 'object' && envelope.data === undefined) return undefined
    const inner = JSON.parse(envelope.data as string) as Record<string, unknown>
    // The next line throws at null.
    if (typeof inner !== 'object') return 'unreadable'
    const { type, splitName, defaultTreatment, cn, changeNumber } = inner
    const kind = Object.hasOwn(KINDS, type as string) ? KINDS[type as string] : undefined
    const number = kind === 'ms' || kind === 'ls' ? cn : changeNumber
    if (kind && !(Number.isSafeInteger(number) && (number as number) <= now + MOST_AHEAD_MS)) {
      return 'unreadable'
    }
    if (type === 'SPLIT_KILL' && !(typeof splitName === 'string' && typeof defaultTreatment === 'string')) {
      return 'unreadable'
    }
    return {
      ...inner,
      kind,
      number: number as number,
      channel: String(envelope.channel),
      timestamp: Number(envelope.timestamp),
      isOccupancy: envelope.name === '[meta]occupancy',
    }
  } catch {
    return 'unreadable'
  }
}
