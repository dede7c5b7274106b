/** What a stream brings, as far as it is read. All of it untrusted. */
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

/** Opens the envelope. Undefined when it is none, or empty. */
export function readMessage(data: string): Message | undefined {
  try {
    const envelope = JSON.parse(data) as { data?: string; channel?: unknown; timestamp?: unknown; name?: unknown }
    const inner = JSON.parse(envelope.data as string) as object | null
    if (typeof inner !== 'object' || inner === null) return undefined
    return {
      ...inner,
      channel: String(envelope.channel),
      timestamp: Number(envelope.timestamp),
      isOccupancy: envelope.name === '[meta]occupancy',
    }
  } catch {
    return undefined
  }
}
