/** What a stream brings, as far as it is read. Nothing of it can be trusted. */
export interface Message {
  readonly type?: unknown
  readonly channel: string
  readonly timestamp: number
  /** The envelope says that this is about publishers. */
  readonly isOccupancy: boolean
  readonly metrics?: { publishers?: unknown } | null
  readonly controlType?: unknown
  // Definitions
  readonly changeNumber?: unknown
  readonly pcn?: unknown
  readonly splitName?: unknown
  readonly defaultTreatment?: unknown
  // Memberships
  readonly cn?: unknown
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
    const inner = JSON.parse(envelope.data as string) as object | null
    if (typeof inner !== 'object' || inner === null) return 'unreadable'
    const message = {
      ...inner,
      channel: String(envelope.channel),
      timestamp: Number(envelope.timestamp),
      isOccupancy: envelope.name === '[meta]occupancy',
    }
    return isWhole(message, now + MOST_AHEAD_MS) ? message : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

/** Whether a message says all that has to be known of its change. */
function isWhole({ type, changeNumber, cn, splitName, defaultTreatment }: Message, most: number): boolean {
  const isPlausible = (number: unknown) => Number.isSafeInteger(number) && (number as number) <= most
  switch (type) {
    case 'SPLIT_UPDATE':
    case 'RB_SEGMENT_UPDATE':
      return isPlausible(changeNumber)
    case 'SPLIT_KILL':
      return isPlausible(changeNumber) && typeof splitName === 'string' && typeof defaultTreatment === 'string'
    case 'MEMBERSHIPS_MS_UPDATE':
    case 'MEMBERSHIPS_LS_UPDATE':
      return isPlausible(cn)
    default:
      return true
  }
}
