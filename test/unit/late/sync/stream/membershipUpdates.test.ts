import { describe, expect, it } from 'vitest'
import { hash32, utf8 } from '../../../../../src/evaluation/bucket'
import { fetchDelay } from '../../../../../src/late/sync/stream/fetchDelay'
import { hash64 } from '../../../../../src/late/sync/stream/hash64'
import { flag, inSegment, splitChanges } from '../../../definitions/fakes'
import { inflated } from './inflated'
import { gzip, openedStream, zlib } from './openStream'
import type { CacheContent } from '../../../../../src/definitions/definitionsCache'
import type { Reply, Request } from '../openPolling'

const answer = (ms: string[], msNumber: number | undefined, ls: string[] = [], lsNumber: number | undefined = 200) => ({
  ms: { k: ms.map((n) => ({ n })), cn: msNumber },
  ls: { k: ls.map((n) => ({ n })), cn: lsNumber },
})
const USES_SEGMENTS = splitChanges(10, [flag('a', 10, { conditions: [inSegment('s')] })], 5)

/** A stream whose service answers memberships as told, by key. */
async function opened(
  keys = ['user1'],
  memberships: (request: Request) => Reply = () => answer(['employees'], 100),
  cached: CacheContent = { definitions: undefined, memberships: new Map() },
) {
  const parts = await openedStream({
    keys,
    polling: { reply: (request) => (request.url.startsWith('/split') ? USES_SEGMENTS : memberships(request)), cached },
  })
  parts.onMemberships.mockClear()
  return {
    ...parts,
    of: (key: string) => parts.polling.keys().find(({ matchingKey }) => matchingKey === key),
    fetched: () => parts.asked().filter((line) => line.includes('/memberships/')),
    end: () => {
      parts.stream.stop()
      parts.polling.stop()
    },
  }
}

const update = (cn: number, more: object = {}) => ({
  type: 'MEMBERSHIPS_MS_UPDATE',
  cn,
  n: [],
  c: 0,
  u: 0,
  d: '',
  ...more,
})
/** A list of keys as the service packs it: unsigned numbers of 64 bits. */
const keyList = (added: string[], removed: string[]) =>
  `{"a":[${added.map((key) => hash64(utf8(key))).join()}],"r":[${removed.map((key) => hash64(utf8(key))).join()}]}`
function bitmapOf(keys: string[], bytes = 64): Uint8Array {
  const bitmap = new Uint8Array(bytes)
  for (const key of keys) {
    const index = Number((hash64(utf8(key)) & 0xffffffffn) % BigInt(bytes * 8))
    bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return bitmap
}

describe('unbounded', () => {
  it('of a key that is no longer in use leaves no timer behind', async () => {
    const { send, clock, registrations, end } = await opened(['user1', 'user2'])
    await send(update(101))
    await inflated()
    const pending = clock.pending()
    registrations[1]?.end()
    await send(update(102))
    await inflated()
    end()
    expect([pending > 1, clock.pending()]).toEqual([true, 0])
  })

  it('is fetched after a delay of the key, past the HTTP caches', async () => {
    const { send, clock, fetched, requests, end } = await opened()
    const delay = fetchDelay('user1', {}, hash32)
    expect(delay).toBe(29_917)
    await send(update(101))
    await inflated()
    await clock.advance(delay - 1)
    expect(fetched()).toEqual([])
    await clock.advance(1)
    expect(requests.map(({ noCache }) => noCache)).toEqual([true])
    end()
  })

  it.each([
    [{ h: 0 }, 0],
    [{ i: 300, h: 1, s: 0 }, 217],
    [{ i: '300', h: null, s: {} }, 217],
  ])('%j: the delay is %i ms', async (more, delay) => {
    const { send, clock, fetched, end } = await opened()
    await send(update(201, { type: 'MEMBERSHIPS_LS_UPDATE', ...more }))
    await inflated()
    if (delay) {
      await clock.advance(delay - 1)
      expect(fetched()).toEqual([])
      await clock.advance(1)
    }
    expect(fetched().length).toBe(1)
    end()
  })

  it('a further message raises what is waited for, not the delay', async () => {
    const { send, clock, fetched, end } = await opened()
    await send(update(101))
    await inflated()
    await clock.advance(10_000)
    await send(update(102, { h: 0 }))
    await send(update(103, { u: 3, n: ['employees'] }))
    await inflated()
    expect(fetched()).toEqual([])
    await clock.advance(19_917)
    expect(fetched().length).toBe(1)
    end()
  })

  it('is ignored when it is old, each kind for itself', async () => {
    const { send, clock, fetched, end } = await opened()
    await send(update(100, { h: 0 }))
    await send(update(50, { h: 0 }))
    await send(update(150, { h: 0, type: 'MEMBERSHIPS_LS_UPDATE' }))
    await inflated()
    await clock.advance(60_000)
    expect(fetched()).toEqual([])
    end()
  })

  it.each([
    ['an unknown strategy', { u: 9 }],
    ['a key list without a name', { u: 2, c: 1, d: gzip(keyList(['user1'], [])) }],
    ['a removal without names', { u: 3 }],
    ['a broken bitmap', { u: 1, c: 1, d: 'AAAA' }],
    ['a bitmap that is not compressed', { u: 1, c: 0, d: 'AAAA' }],
    ['a key list that is no JSON', { u: 2, c: 1, n: ['s'], d: gzip('{') }],
    ['no payload', { u: 1, c: 1, d: undefined }],
  ])('%s is taken for it', async (_, more) => {
    const { send, fetched, end } = await opened()
    await send(update(101, { h: 0, ...more }))
    await inflated()
    expect(fetched().length).toBe(1)
    end()
  })
})

describe('bounded by a bitmap', () => {
  it.each([
    ['gzip', 1, gzip],
    ['zlib', 2, zlib],
  ])('by %s: only the keys that are in it fetch', async (_, c, pack) => {
    const { send, fetched, end } = await opened(['user1', 'user2', 'é😀'])
    await send(update(101, { u: 1, c, h: 0, d: pack(bitmapOf(['user2', 'é😀'])) }))
    await inflated()
    expect(fetched().map((line) => line.split(' ')[1])).toEqual([
      '/memberships/user2',
      '/memberships/%C3%A9%F0%9F%98%80',
    ])
    end()
  })
})

describe('a list of keys', () => {
  it.each([
    ['gzip', 1, gzip],
    ['zlib', 2, zlib],
  ])('by %s: adds and removes the segment at once, without a request', async (_, c, pack) => {
    const { send, of, fetched, onMemberships, end } = await opened(['user1', 'user2', 'user3'])
    await send(update(101, { u: 2, c, n: ['splitters'], d: pack(keyList(['user1'], ['user2'])) }))
    await send(update(102, { u: 2, c, n: ['employees'], d: pack(keyList([], ['user2'])) }))
    await inflated()
    expect([...(of('user1')?.segments ?? [])]).toEqual(['employees', 'splitters'])
    expect([...(of('user2')?.segments ?? [])]).toEqual([])
    expect([...(of('user3')?.segments ?? [])]).toEqual(['employees'])
    expect(['user1', 'user2', 'user3'].map((key) => of(key)?.changeNumber('ms'))).toEqual([101, 102, 100])
    expect(fetched()).toEqual([])
    expect(onMemberships.mock.calls).toEqual([
      ['user1', true, 'network'],
      ['user2', false, 'network'],
      ['user2', true, 'network'],
    ])
    end()
  })

  it('tells 64 bit numbers apart that a JavaScript number cannot', async () => {
    const { send, of, end } = await opened(['user1'])
    const near = hash64('user1') + 1n
    await send(update(101, { u: 2, c: 1, n: ['s'], d: gzip(`{"a":[${near}],"r":[]}`) }))
    await inflated()
    expect(of('user1')?.segments.has('s')).toBe(false)
    end()
  })

  it('reads names also under their older name', async () => {
    const { send, of, end } = await opened(['user1'])
    await send(update(101, { u: 2, c: 1, n: undefined, l: ['s'], d: gzip(keyList(['user1'], [])) }))
    await inflated()
    expect(of('user1')?.segments.has('s')).toBe(true)
    end()
  })

  it('does not overtake a change that is still to be fetched', async () => {
    let number = 100
    const { send, of, clock, end } = await opened(['user1'], () => answer(number > 100 ? ['x'] : [], number))
    await send(update(101))
    await send(update(102, { u: 2, c: 1, n: ['s'], d: gzip(keyList(['user1'], [])) }))
    await inflated()
    // The CDN knows the first change only.
    number = 101
    await clock.advance(29_917)
    expect([...(of('user1')?.segments ?? [])]).toEqual(['x'])
    end()
  })

  it('of many keys', async () => {
    const { send, of, end } = await opened(['user1'])
    const many = Array.from({ length: 20_000 }, (_, i) => `key${i}`)
    await send(update(101, { u: 2, c: 1, n: ['s'], d: gzip(keyList([...many, 'user1'], [])) }))
    await expect.poll(() => of('user1')?.segments.has('s')).toBe(true)
    end()
  })

  it('does not stand for a whole list that is still on its way', async () => {
    const answers: ((body: object) => void)[] = []
    const { send, keys, of, end, fetched } = await opened(['user1'], ({ url }) =>
      url.includes('late') ? new Promise<object>((resolve) => answers.push(resolve)) : answer([], 100),
    )
    keys.register('late')
    await send(update(101, { u: 2, c: 1, n: ['s'], d: gzip(keyList(['late'], [])) }))
    await inflated()
    answers[0]?.(answer(['a', 'b'], 100))
    await inflated()
    expect([...(of('late')?.segments ?? [])]).toEqual(['a', 'b'])
    answers[1]?.(answer(['a', 'b', 's'], 101))
    await inflated()
    expect([...(of('late')?.segments ?? [])]).toEqual(['a', 'b', 's'])
    expect(fetched().length).toBe(2)
    end()
  })
})

describe('the removal of segments', () => {
  it('takes all of them away at once', async () => {
    const { send, of, fetched, end } = await opened(['user1'], () => answer(['a', 'b', 'c'], 100, ['a'], 100))
    await send(update(101, { u: 3, n: ['a', 'c', 'x'] }))
    await inflated()
    expect([...(of('user1')?.segments ?? [])]).toEqual(['b'])
    expect([...(of('user1')?.largeSegments ?? [])]).toEqual(['a'])
    expect(of('user1')?.changeNumber('ms')).toBe(101)
    expect(fetched()).toEqual([])
    end()
  })
})

describe('a change that is told whole', () => {
  it('does not confirm memberships of the cache', async () => {
    const memberships = new Map([['user1', { confirmedAt: 1, answer: answer(['a'], 100) }]])
    const { send, of, keys, fetched, end } = await opened(['user1'], () => 503, { definitions: undefined, memberships })
    await send(update(101, { u: 3, n: ['unrelated'] }))
    await inflated()
    expect([...(of('user1')?.segments ?? [])]).toEqual(['a'])
    expect(keys.get('user1')?.state).toBe('unknown')
    expect(fetched().length).toBe(1)
    end()
  })

  it('does not make the answer look old that is under way', async () => {
    let reply: Reply = answer(['a'], 100)
    let answerFirst!: (body: object) => void
    const { send, of, polling, fetched, end } = await opened(['user1'], () => reply)
    reply = new Promise<object>((resolve) => (answerFirst = resolve))
    void polling.refreshMemberships('user1')
    await inflated()
    reply = answer(['b'], 300)
    await send(update(300, { u: 3, n: ['unrelated'] }))
    await inflated()
    answerFirst(answer(['b', 'unrelated'], 200))
    await inflated()
    expect([...(of('user1')?.segments ?? [])]).toEqual(['b'])
    expect(of('user1')?.changeNumber('ms')).toBe(300)
    expect(fetched().length).toBe(2)
    end()
  })
})

describe('a CDN that is behind', () => {
  it('is asked again after growing waits, and then past it', async () => {
    const { send, clock, fetched, end } = await opened()
    const start = clock.now()
    await send(update(120, { h: 0 }))
    await inflated()
    await clock.advance(2_900_000)
    const lines = fetched()
    expect(lines.map((line) => Number(line.split(' ')[0]) - 2)).toEqual([
      0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 511, 512, 514, 518, 526, 542, 574, 638, 766, 1022,
    ])
    expect(lines.filter((line) => line.endsWith('?till=120')).length).toBe(10)
    expect(clock.now()).toBeGreaterThan(start)
    end()
  })

  it('each key compares with its own numbers', async () => {
    const { send, clock, fetched, end } = await opened(['fresh', 'behind'], ({ url }) =>
      url.includes('fresh') ? answer([], 120) : answer([], 100),
    )
    await send(update(120, { h: 0 }))
    await inflated()
    await clock.advance(3000)
    expect(fetched().filter((line) => line.includes('behind')).length).toBe(3)
    end()
  })

  it('one answer without numbers is enough', async () => {
    const { send, clock, fetched, end } = await opened(['user1'], () => ({ ms: { k: [] }, ls: { k: [] } }))
    await send(update(120, { h: 0 }))
    await inflated()
    await clock.advance(600_000)
    expect(fetched().length).toBe(1)
    end()
  })

  it('one answer without numbers is enough also after a change that was told whole, which brings one', async () => {
    const { send, clock, fetched, of, end } = await opened(['user1'], () => ({ ms: { k: [] }, ls: { k: [] } }))
    await send(update(101, { u: 2, c: 1, n: ['s'], d: gzip(keyList(['user1'], [])) }))
    await inflated()
    expect([of('user1')?.changeNumber('ms'), fetched().length]).toEqual([101, 0])
    for (const number of [102, 103]) {
      await send(update(number, { h: 0 }))
      await inflated()
      await clock.advance(600_000)
      expect(fetched().length).toBe(1)
    }
    end()
  })

  it('is left alone when the key goes, or the stream', async () => {
    const { send, clock, fetched, keys, fail, end } = await opened(['user1'])
    const two = keys.register('user2')
    await send(update(120, { h: 0 }))
    await inflated()
    two.end()
    await clock.advance(1000)
    fetched()
    await clock.advance(10_000)
    expect(fetched().map((line) => line.split(' ')[1])).toEqual(['/memberships/user1', '/memberships/user1'])
    await fail()
    fetched()
    await clock.advance(500)
    expect(fetched()).toEqual([])
    end()
  })
})
