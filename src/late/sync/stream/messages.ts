import type { ChangeNumbers } from '../../../definitions/types'
import type { SegmentKind } from '../../../definitions/memberships'

/** What a stream brings, as far as it is read. Nothing can be trusted of what is `unknown` here. */
export interface Message {
  readonly type?: unknown
  /** What changed; undefined when the message tells of no change. */
  readonly kind: keyof ChangeNumbers | SegmentKind | undefined
  /** The change number that it brings, if `kind` is known: a safe integer that is not far ahead of the clock. */
  readonly number: number
  readonly channel: string
  readonly timestamp: number
  /** The envelope says that this is about publishers. */
  readonly isOccupancy: boolean
  readonly metrics?: { publishers?: unknown } | null
  readonly controlType?: unknown
  // Definitions
  readonly pcn?: unknown
  /** A text in a kill, as `defaultTreatment` is. */
  readonly splitName?: unknown
  readonly defaultTreatment?: unknown
  // Memberships
  readonly n?: unknown
  /** The older name of `n`. */
  readonly l?: unknown
  readonly u?: unknown
  readonly i?: unknown
  readonly h?: unknown
  readonly s?: unknown
  // Both: compression and payload
  readonly c?: unknown
  readonly d?: unknown
}

/** What each message about a change is about. */
const KINDS = new Map<unknown, NonNullable<Message['kind']>>([
  ['SPLIT_UPDATE', 'flags'],
  ['SPLIT_KILL', 'flags'],
  ['RB_SEGMENT_UPDATE', 'ruleBasedSegments'],
  ['MEMBERSHIPS_MS_UPDATE', 'ms'],
  ['MEMBERSHIPS_LS_UPDATE', 'ls'],
])
/**
 * How far ahead of the clock a change number may be, ms. They are times of the service: one of later than tomorrow is a mistake, and
 * would freeze the page at it.
 */
const MOST_AHEAD_MS = 86_400_000

/**
 * Opens the envelope.
 *
 * @param now epoch ms
 * @returns undefined when it brings nothing; `unreadable` when something may have changed, and it cannot be told what
 */
export function readMessage(data: string, now: number): Message | 'unreadable' | undefined {
  try {
    const envelope = JSON.parse(data) as { data?: string; channel?: unknown; timestamp?: unknown; name?: unknown }
    if (typeof envelope === 'object' && envelope.data === undefined) return undefined
    const inner = JSON.parse(envelope.data as string) as Record<string, unknown> | null
    if (typeof inner !== 'object' || inner === null) return 'unreadable'
    const { type, splitName, defaultTreatment, cn, changeNumber = cn } = inner
    const kind = KINDS.get(type)
    if (kind && !(Number.isSafeInteger(changeNumber) && (changeNumber as number) <= now + MOST_AHEAD_MS)) {
      return 'unreadable'
    }
    if (type === 'SPLIT_KILL' && !(typeof splitName === 'string' && typeof defaultTreatment === 'string')) {
      return 'unreadable'
    }
    return {
      ...inner,
      kind,
      number: changeNumber as number,
      channel: String(envelope.channel),
      timestamp: Number(envelope.timestamp),
      isOccupancy: envelope.name === '[meta]occupancy',
    }
  } catch {
    return 'unreadable'
  }
}
