/** Items of one kind, recorded by one page under one mode, that are stored, sent and removed together. */
export interface Batch {
  /** The id, which is unique in the world, and the same in memory, on disk and in a note. */
  readonly id: string
  readonly kind: string
  /** The impressions mode that its items were recorded under. */
  readonly mode: string
  /** The time when its first item was recorded, epoch ms. */
  readonly at: number
  readonly items: readonly unknown[]
  /** Estimate of the size of its items on the wire. */
  readonly bytes: number
  /** The batch is in doubt: it was posted at this time, epoch ms, and nobody saw the answer. */
  readonly doubt?: number
  /** The batch counted as delivered for a moment. Its hashes may be stored or noted, and yet its items are no repetitions. */
  readonly isRestored?: boolean
}

/** Largest batch, by estimate: at up to 3 bytes a letter it still fits into one beacon, and of plain text three do. */
export const BATCH_BYTES = 10 * 1024
/** Largest estimate that is believed, bytes. The items of one batch are written at once. */
const MOST_BYTES = 100_000

/** The latest time that a date can have, epoch ms. */
const LATEST_MS = 9e15

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether what a disk gives back is a number that a time, a size or a count may be. */
export function isAmount(value: unknown, most = LATEST_MS): value is number {
  return typeof value === 'number' && value >= 0 && value <= most
}

/** @returns the batch that was stored, in a list; an empty one if it is damaged. Another version, or anything, may have written it */
export function toBatch(stored: { readonly [Member in keyof Batch]?: unknown }): Batch[] {
  const { id, kind, mode, at, items, bytes, doubt, isRestored } = stored
  if (![id, kind, mode].every(isText) || !isAmount(at) || !Array.isArray(items)) return []
  const size = (isAmount(bytes, MOST_BYTES) && bytes) || BATCH_BYTES
  return [{ id, kind, mode, at, items, bytes: size, doubt: isAmount(doubt) ? doubt : undefined, isRestored } as Batch]
}

/** The place of a batch on disk: under the life that wrote it. */
export interface StoredId {
  readonly home: string
  readonly id: string
}

export interface BatchState {
  state: 'waiting' | 'sending'
  disk: 'no' | 'writing' | 'yes'
}

/** A batch in memory. */
export interface Entry extends Batch, BatchState {
  /** The life under which it is on disk, or may be, as a write that failed may have arrived all the same. Empty before the first write. */
  home: string
  /** The life of a dead page whose note has the batch, where no database can be used. */
  notedBy?: string | undefined
  items: readonly unknown[]
  bytes: number
  /** Hashes of its items that other pages cannot know yet: they are stored in the transaction that puts the batch. */
  hashes: string[]
  /** The batch's repetitions were removed, or must not be looked for. */
  isUnique: boolean
  /** Stored batches whose items are in this one: they are deleted in the transaction that puts it. */
  replaces: StoredId[]
  /** The monotonic time when its first item was recorded: the wall clock may jump. */
  since: number
  doubt?: number
  isRestored?: boolean
  /**
   * The monotonic time when it was sent by a request that outlives the page; undefined while it is not sent, or by another
   * request.
   */
  sentAt?: number | undefined
  /** The server called it invalid once. */
  isSuspect: boolean
  /**
   * The batch was left by a dead page, and this page has not tried to send it yet. Until then no limit of size costs it.
   */
  isUntried: boolean
}

export type Transition = 'claim' | 'unclaim' | 'write' | 'saved' | 'unsaved'

/** All that can happen to a batch before it leaves the outbox. What is not listed here cannot happen. */
const TRANSITIONS: Record<Transition, [member: keyof BatchState, from: string, to: string]> = {
  claim: ['state', 'waiting', 'sending'],
  unclaim: ['state', 'sending', 'waiting'],
  write: ['disk', 'no', 'writing'],
  saved: ['disk', 'writing', 'yes'],
  unsaved: ['disk', 'writing', 'no'],
}

/** Changes the state of a batch, where this can happen to it now. */
export function change(batch: BatchState, transition: Transition): void {
  const [member, from, to] = TRANSITIONS[transition]
  if (batch[member] === from) Object.assign(batch, { [member]: to })
}
