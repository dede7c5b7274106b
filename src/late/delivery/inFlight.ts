import type { Clock } from '../../browser/clock'
import type { Batch } from './outboxStore'

/** What is on its way: posts, and the beacons of the last moments. */
export interface InFlight {
  /** Whether so many bytes may go beside it and outlive the page. */
  fits(bytes: number): boolean
  /** @param bytes 0: it does not outlive the page */
  begin(batches: readonly Batch[], bytes: number): void
  /** @returns false when it was left to the browser */
  end(batches: readonly Batch[]): boolean
  /** The browser delivers so many bytes without a word. */
  entrust(bytes: number): void
  /** Leaves to the browser the posts that outlive the page. @returns what they carry */
  letGo(): Batch[]
  /** Waits until one of them is answered; undefined when there is none to wait for. */
  room(): Promise<void> | undefined
}

/** Of one page, over beacons and keepalive fetches together, in Chromium and WebKit. */
const IN_FLIGHT_BYTES = 65_536
/** The browser does not say when a beacon arrived. */
export const BEACON_MS = 10_000

export function createInFlight({ now }: Clock): InFlight {
  const posts = new Map<readonly Batch[], number>()
  let entrusted: { bytes: number; until: number }[] = []
  const waiting: (() => void)[] = []
  const entrust = (bytes: number) => void entrusted.push({ bytes, until: now() + BEACON_MS })

  return {
    fits(bytes) {
      entrusted = entrusted.filter(({ until }) => until > now())
      for (const each of [...entrusted.map((it) => it.bytes), ...posts.values()]) bytes += each
      return bytes <= IN_FLIGHT_BYTES
    },
    begin: (batches, bytes) => void posts.set(batches, bytes),
    end(batches) {
      for (const go of waiting.splice(0)) go()
      return posts.delete(batches)
    },
    entrust,
    letGo() {
      const gone: Batch[] = []
      for (const [batches, bytes] of posts) {
        if (!bytes) continue
        posts.delete(batches)
        entrust(bytes)
        gone.push(...batches)
      }
      return gone
    },
    room() {
      if ([...posts.values()].some(Boolean)) return new Promise((resolve) => waiting.push(resolve))
    },
  }
}
