import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { clock } from '../../../../src/browser/clock'
import { createKeys } from '../../../../src/definitions/keys'
import { createService } from '../../../../src/definitions/service'
import { createHttp } from '../../../../src/late/http'
import { createMembershipsPolls } from '../../../../src/late/sync/membershipsPolls'
import { createHub } from '../../../../src/shared/hub'

const TIMEOUT_MS = 5_000
/** How long each answer takes: most of its deadline. */
const ANSWER_MS = 4_000
const KEYS = 20

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('the deadline of each key begins when its request does, however long the key waited for its place', async () => {
  const began = new Map<string, number>()
  const aborted = new Map<string, number>()
  const start = clock.elapsed()
  vi.stubGlobal('fetch', (url: string, { signal }: RequestInit) => {
    const name = url.split('/').at(-1) as string
    began.set(name, clock.elapsed() - start)
    return new Promise<Response>((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        aborted.set(name, clock.elapsed() - start)
        reject(new Error('aborted'))
      })
      if (name !== 'user7') setTimeout(() => resolve(Response.json({ ms: { k: [] }, ls: { k: [] } })), ANSWER_MS)
    })
  })
  const hub = createHub({ error: vi.fn() } as never)
  const keys = createKeys(hub)
  const onError = vi.fn()
  const polls = createMembershipsPolls({
    http: createHttp({ headers: () => ({}), timeoutMs: TIMEOUT_MS, clock }),
    service: createService('https://sdk.test/splitChanges', 'https://sdk.test/memberships', {}),
    keys,
    writer: undefined,
    mayStoreUser: () => false,
    onRefused() {},
    onError,
    periodMs: 60_000,
    isPolling: () => false,
    isOnce: true,
    isWanted: () => true,
    backoff: () => 60_000,
    clock,
  })
  const names = Array.from({ length: KEYS }, (_, i) => `user${i}`)
  for (const name of names) keys.register(name)
  const runs = names.map((name) => polls.add(name)?.run() ?? Promise.resolve(undefined))
  await vi.runAllTimersAsync()
  expect(await Promise.all(runs)).toEqual(names.map((name) => name !== 'user7'))
  // The last requests waited for their turn much longer than the deadline.
  expect(began.get('user19')).toBeGreaterThanOrEqual(2 * TIMEOUT_MS)
  expect([...aborted]).toEqual([['user7', (began.get('user7') as number) + TIMEOUT_MS]])
  expect(onError).toHaveBeenCalledTimes(1)
  for (const name of names) polls.remove(name)
})
