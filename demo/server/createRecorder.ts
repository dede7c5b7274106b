import { matcherOf } from './matcherOf'
import type { Received, Where } from './types'

export type Recorder = ReturnType<typeof createRecorder>

/** Everything the API received, newest last, for tests to look at. Bounded, so that a server left running does not grow. */
export function createRecorder(limit: number) {
  const received: Received[] = []
  const waiting: Set<() => void> = new Set()
  const look = () => {
    for (const check of [...waiting]) check()
  }

  return {
    received,

    add(request: Received) {
      received.push(request)
      if (received.length > limit) received.splice(0, received.length - limit)
      look()
    },

    /** Notes that a request was answered. */
    answered(request: Received, status: number) {
      request.status = status
      look()
    },

    clear() {
      received.length = 0
    },

    waitFor(count: number, where: Where, timeoutMs: number): Promise<Received[]> {
      const matches = matcherOf(where)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          const seen = received.map((request) => `${request.method} ${request.path}`).join(', ') || 'nothing'
          const wanted = typeof where === 'string' ? where : 'what was asked for'
          const found = received.filter(matches).length
          reject(new Error(`After ${timeoutMs} ms ${found} of ${count} requests for ${wanted}. Received: ${seen}`))
        }, timeoutMs)
        const check = () => {
          const found = received.filter(matches)
          if (found.length < count) return
          waiting.delete(check)
          clearTimeout(timer)
          resolve(found)
        }
        waiting.add(check)
        check()
      })
    },
  }
}
