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
  /** Resolves when a post has ended; undefined when there is none to wait for. */
  whenFreed(): Promise<void> | undefined
}

/** The browser does not say when a beacon arrived. */
export const BEACON_MS = 10_000

export function createKeepaliveBudget({ elapsed }: Pick<Clock, 'elapsed'>): KeepaliveBudget {
  const posts = new Set<number[]>()
  const waiting: (() => void)[] = []
  let beacons: { bytes: number; until: number }[] = []

  return {
    room() {
      beacons = beacons.filter(({ until }) => until > elapsed())
      let room = KEEPALIVE_BYTES
      for (const { bytes } of beacons) room -= bytes
      for (const [bytes = 0] of posts) room -= bytes
      return room
    },
    begin(bytes) {
      const post = [bytes]
      posts.add(post)
      return () => {
        posts.delete(post)
        for (const go of waiting.splice(0)) go()
      }
    },
    spend: (bytes) => void beacons.push({ bytes, until: elapsed() + BEACON_MS }),
    whenFreed: () => (posts.size ? new Promise((resolve) => waiting.push(resolve)) : undefined),
  }
}
