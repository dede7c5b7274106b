import type { Channel } from './types'

/** What waits for delivery. */
export interface Outbox {
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** Takes all that waits of a kind: nobody else has it until it was delivered, or put back. */
  take(kind: string): unknown[]
  /** Puts back what was not delivered, before what came since. */
  putBack(kind: string, items: readonly unknown[]): void
  clear(): void
}

export function createOutbox(channels: readonly Channel[]): Outbox {
  const waiting = new Map<string, unknown[]>(channels.map(({ kind }) => [kind, []]))
  const drains = new Map(channels.map(({ kind, drain }) => [kind, drain]))
  const take = (kind: string): unknown[] => {
    const taken = [...(waiting.get(kind) ?? []), ...(drains.get(kind)?.() ?? [])]
    waiting.set(kind, [])
    return taken
  }

  return {
    add: (kind, item) => void waiting.get(kind)?.push(item),
    take,
    putBack: (kind, items) => void waiting.set(kind, [...items, ...(waiting.get(kind) ?? [])]),
    clear() {
      for (const kind of waiting.keys()) take(kind)
    },
  }
}
