import { KEEPALIVE_BYTES } from '../../impressions/pack'
import type { Clock } from '../../browser/clock'

/** What beacons and keepalive posts may carry at a time: browsers refuse what is more, over all of a page together. */
export interface KeepaliveBudget {
  /** Bytes that may go beside what is on its way. */
  room(): number
  /** A post of so many bytes begins. @returns its end */
  begin(bytes: number): () => void
  /** A beacon of so many bytes went. */
  spend(bytes: number): void
}

/** The browser does not say when a beacon arrived. */
export const BEACON_MS = 10_000

export function createKeepaliveBudget({ elapsed }: Pick<Clock, 'elapsed'>): KeepaliveBudget {
  let used = 0
  let beacons: { bytes: number; until: number }[] = []

  return {
    room() {
      beacons = beacons.filter(({ until }) => until > elapsed())
      return beacons.reduce((room, { bytes }) => room - bytes, KEEPALIVE_BYTES - used)
    },
    begin(bytes) {
      used += bytes
      return () => void (used -= bytes)
    },
    spend: (bytes) => void beacons.push({ bytes, until: elapsed() + BEACON_MS }),
  }
}
