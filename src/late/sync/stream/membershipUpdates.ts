import { fetchDelay } from './fetchDelay'
import { hash64 } from './hash64'
import { isKeyInBitmap } from './isKeyInBitmap'
import { createFetchWorker } from './fetchWorker'
import { decodeBytes, decodeText } from './decode'
import type { Clock } from '../../../browser/clock'
import type { Memberships, SegmentKind } from '../../../definitions/types'
import type { EvaluatorDoor } from '../../../evaluation/evaluate'
import type { Polling } from '../polling'
import type { FetchWorker } from './fetchWorker'
import type { Message } from './messages'

/** Brings the changes of memberships that messages announce, for every key in use. */
export interface MembershipUpdates {
  /** Applies or fetches the change of a message for the keys that it concerns. */
  update(kind: SegmentKind, message: Message): Promise<void>
  /** Gives up on what was announced and is not there yet. */
  cancel(): void
}

interface MembershipUpdatesParts {
  polling: Pick<Polling, 'keys' | 'usesSegments' | 'isSettled' | 'changeMemberships' | 'refreshMemberships'>
  clock: Pick<Clock, 'after'>
  hashing: Hashing
}

/** The functions that hash keys. They are in the first file, and are handed over. */
export type Hashing = Pick<EvaluatorDoor, 'hash32' | 'utf8'>

/** The meaning of a message for one key: nothing, a fetch, or the names of segments to add and to remove. */
type Effect = undefined | 'fetch' | readonly [added: readonly string[], removed: readonly string[]]

/** The first and the longest pause between two fetches of what was announced. */
const BASE_MS = 1_000
const MOST_MS = 30 * 60_000

export function createMembershipUpdates({ polling, clock, hashing }: MembershipUpdatesParts): MembershipUpdates {
  // Each key has change numbers of its own, and waits apart from the others.
  const workers = new Map<Memberships, FetchWorker<SegmentKind>>()

  const workerOf = (memberships: Memberships) => {
    let worker = workers.get(memberships)
    if (!worker) {
      worker = createFetchWorker<SegmentKind>({
        kinds: ['ms', 'ls'],
        numberOf(kind, isFetched) {
          // Nothing is missing for a key that is no longer in use. Where the service sends no change numbers, its first answer counts as
          // what was announced.
          const isDone = !polling.keys().includes(memberships) || (isFetched && !memberships.hasNumber[kind])
          return isDone ? Infinity : memberships.changeNumber(kind)
        },
        fetch: (options) => polling.refreshMemberships(memberships.matchingKey, options),
        baseMs: BASE_MS,
        mostMs: MOST_MS,
        clock,
      })
      workers.set(memberships, worker)
    }
    return worker
  }

  return {
    async update(kind, message) {
      // While no flag uses segments, nobody needs memberships: they are fetched when one does.
      if (!polling.usesSegments()) return
      const effectOn = await readEffect(message, hashing)
      for (const [memberships, worker] of workers) {
        if (!polling.keys().includes(memberships) && workers.delete(memberships)) worker.cancel()
      }
      const { number } = message
      for (const memberships of polling.keys()) {
        const worker = workerOf(memberships)
        if (!worker.isNews(kind, number)) continue
        const effect = effectOn(memberships.matchingKey)
        if (!effect) continue
        // A change to memberships that the service has not confirmed would pass for all of them; and one that overtakes a fetch would
        // make the answer to that fetch look old.
        if (effect === 'fetch' || !polling.isSettled(memberships.matchingKey) || worker.isBehind(kind)) {
          const delayMs =
            effect === 'fetch'
              ? fetchDelay(memberships.matchingKey, message as Record<'i' | 'h' | 's', number>, hashing.hash32)
              : 0
          worker.request(kind, number, delayMs)
        } else {
          polling.changeMemberships(memberships.matchingKey, () => memberships.change(kind, number, ...effect))
        }
      }
    },
    cancel() {
      for (const worker of workers.values()) worker.cancel()
      workers.clear()
    },
  }
}

/** Decodes the payload once for all keys. Where it cannot be read, every key fetches. */
async function readEffect({ u, n, l, c, d }: Message, { utf8 }: Hashing): Promise<(matchingKey: string) => Effect> {
  const list = n ?? l
  // Bitmaps and key lists are always compressed: without a compression there is nothing to read.
  const compression = Number(c || NaN)
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
  try {
    if (u === 1) {
      const bitmap = await decodeBytes(d as string, compression)
      return (key) => (isKeyInBitmap(bitmap, hash64(utf8(key))) ? 'fetch' : undefined)
    }
    if (u === 2 && names.length) {
      const text = await decodeText(d as string, compression)
      // The hashes have 64 bits, more than a number holds, so that they are read as texts.
      const { a, r } = JSON.parse(text.replace(/\d+/g, '"$&"')) as { a?: string[]; r?: string[] }
      const added = new Set(a)
      const removed = new Set(r)
      const name = names.slice(0, 1)
      return (key) => {
        const hash = String(hash64(utf8(key)))
        if (added.has(hash)) return [name, []]
        return removed.has(hash) ? [[], name] : undefined
      }
    }
    if (u === 3 && names.length) return () => [[], names]
  } catch {
    // A payload that cannot be read makes every key fetch, as the last line says.
  }
  return () => 'fetch'
}
