import { fetchDelay } from './fetchDelay'
import { hash64 } from './hash64'
import { isKeyInBitmap } from './isKeyInBitmap'
import { createFetchWorker } from './fetchWorker'
import { decodeBytes, decodeText } from './decode'
import type { Clock } from '../../../browser/clock'
import type { Memberships, SegmentKind } from '../../../definitions/memberships'
import type { EvaluatorDoor } from '../../../evaluation/evaluate'
import type { Sync } from '../sync'
import type { FetchWorker } from './fetchWorker'
import type { Message } from './messages'

/** Brings announced changes of the memberships of every key in use. */
export interface MembershipUpdates {
  update(kind: SegmentKind, message: Message): Promise<void>
  cancel(): void
}

interface MembershipUpdatesParts {
  sync: Pick<Sync, 'keys' | 'usesSegments' | 'changeMemberships' | 'refreshMemberships'>
  clock: Pick<Clock, 'after'>
  hashing: Hashing
}

/** How keys are hashed. It is handed over: the first file has it. */
export type Hashing = Pick<EvaluatorDoor, 'hash32' | 'utf8'>

/** What a message means for one key. */
type Effect = 'fetch' | 'nothing' | { added: readonly string[]; removed: readonly string[] }

const BASE_MS = 1_000
const MOST_MS = 30 * 60_000

export function createMembershipUpdates({ sync, clock, hashing }: MembershipUpdatesParts): MembershipUpdates {
  // Each key compares with its own numbers and waits for itself.
  const pending = new Map<Memberships, { targets: Record<SegmentKind, number>; worker: FetchWorker }>()

  const pendingOf = (memberships: Memberships) => {
    const known = pending.get(memberships)
    if (known) return known
    const targets = { ms: -1, ls: -1 }
    let isFetched = false
    const missing = () =>
      (['ms', 'ls'] as const).find((kind) => {
        const number = memberships.changeNumber(kind)
        // A service that sends no numbers was right the first time.
        return targets[kind] > number && !(isFetched && number === -1)
      })
    const worker = createFetchWorker({
      async fetch(isBypass) {
        const kind = missing()
        const till = isBypass && kind && { till: targets[kind] }
        isFetched = await sync.refreshMemberships(memberships.matchingKey, { noCache: true, ...till })
      },
      isReached: () => !sync.keys().includes(memberships) || !missing(),
      onEnd() {
        targets.ms = targets.ls = -1
      },
      baseMs: BASE_MS,
      mostMs: MOST_MS,
      clock,
    })
    const entry = { targets, worker }
    pending.set(memberships, entry)
    return entry
  }

  return {
    async update(kind, message) {
      const { cn } = message
      // While no flag uses segments, nobody needs memberships: they are fetched when one does.
      if (typeof cn !== 'number' || !sync.usesSegments()) return
      const effectOn = await readEffect(message, hashing)
      for (const memberships of pending.keys()) if (!sync.keys().includes(memberships)) pending.delete(memberships)
      for (const memberships of sync.keys()) {
        const { targets, worker } = pendingOf(memberships)
        if (cn <= memberships.changeNumber(kind) || cn <= targets[kind]) continue
        const effect = effectOn(memberships.matchingKey)
        if (effect === 'nothing') continue
        // A change of a list that is not here yet would stand for the whole list; one that overtakes a fetch would make
        // its answer look old.
        const isAhead = !memberships.isKnown() || targets[kind] > memberships.changeNumber(kind)
        if (effect === 'fetch' || isAhead) {
          targets[kind] = cn
          const { i, h, s } = message as Record<'i' | 'h' | 's', number>
          worker.request(effect === 'fetch' ? fetchDelay(memberships.matchingKey, { i, h, s }, hashing.hash32) : 0)
        } else {
          sync.changeMemberships(memberships.matchingKey, () =>
            memberships.change(kind, cn, effect.added, effect.removed),
          )
        }
      }
    },
    cancel() {
      for (const { worker } of pending.values()) worker.cancel()
      pending.clear()
    },
  }
}

/** Decodes the payload once for all keys. What cannot be read means that everybody fetches. */
async function readEffect({ u, n, l, c, d }: Message, { utf8 }: Hashing): Promise<(matchingKey: string) => Effect> {
  const list = n ?? l
  // Bitmaps and key lists are always compressed: without a compression there is nothing to read.
  const compression = Number(c || NaN)
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
  try {
    if (u === 1) {
      const bitmap = await decodeBytes(d as string, compression)
      return (key) => (isKeyInBitmap(bitmap, hash64(utf8(key))) ? 'fetch' : 'nothing')
    }
    if (u === 2 && names[0] !== undefined) {
      const text = await decodeText(d as string, compression)
      // The hashes have 64 bits, more than a number holds: they stay text.
      const { a, r } = JSON.parse(text.replace(/\d+/g, '"$&"')) as { a?: string[]; r?: string[] }
      const [added, removed] = [new Set(a), new Set(r)]
      const name = names.slice(0, 1)
      return (key) => {
        const hash = String(hash64(utf8(key)))
        if (added.has(hash)) return { added: name, removed: [] }
        return removed.has(hash) ? { added: [], removed: name } : 'nothing'
      }
    }
    if (u === 3 && names.length) return () => ({ added: [], removed: names })
  } catch {
    // A payload that cannot be read makes every key fetch, as the last line says.
  }
  return () => 'fetch'
}
