import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createEndpoints } from '../../../../src/late/delivery/endpoints'
import { createPost } from '../../../../src/late/delivery/post'
import { createStops } from '../../../../src/shared/stops'
import { createHandClock, turn } from './createHandClock'
import { createRoomyOutbox } from './createRoomyOutbox'
import type { Entry } from '../../../../src/late/delivery/batch'
import type { Channel } from '../../../../src/late/delivery/types'
import type { PostAnswer } from '../../../../src/late/delivery/verdictOf'

const KIB = 1024
/** Pause between keepalive posts: Firefox counts one that has ended for some ms more. */
const PAUSE_MS = 40
const URL = 'https://e/events'

/** A page whose batches are on disk, or never will be, and a server that answers when it is told to. */
function open() {
  const { time, timers, clock } = createHandClock()
  const body = (items: readonly unknown[]) => items
  const events: Channel = {
    kind: 'events',
    url: URL,
    beaconUrl: '',
    flushMs: 60_000,
    body,
    headers: (mode) => ({ mode }),
  }
  const channels = new Map<string, Channel>([['events', events]])
  const outbox = createRoomyOutbox(channels, clock, 'DEBUG')
  const endpoints = createEndpoints(clock, undefined)
  const ending = new AbortController()
  const state = {
    isOnline: true,
    isHidden: false,
    losesPosts: false,
    mayStillGo: false,
    isStored: false,
    /** The browser counts the post that was answered for some time more. */
    isCounted: false,
    renewals: 0,
    writeSome: async () => {},
  }
  const life = { state: 'held', number: 0, whenAnswered: Promise.resolve(), signal: ending.signal }
  const consent = { isGranted: true }
  const told: { outcome: string; status?: number; reason: string }[] = []
  const logged: string[] = []
  const posts: {
    body: string
    keepalive: boolean
    headers: object
    signal: AbortSignal
    answer: (answer: PostAnswer) => Promise<unknown>
  }[] = []
  let outcomes = 0
  const stops = createStops()
  const post = createPost({
    channels,
    outbox,
    endpoints,
    life,
    clock,
    consent,
    dedupe: { sift: () => undefined, learnNotes: () => undefined },
    writeAhead: {
      usableStore: () => (state.isStored ? {} : undefined),
      writeSome: () => state.writeSome(),
      write: async () => void outcomes++,
    },
    hide: { isNoted: () => false, renewNote: () => state.renewals++, mayStillGo: () => state.mayStillGo },
    page: {
      isOnline: () => state.isOnline,
      isHidden: () => state.isHidden,
      losesPosts: () => state.losesPosts,
    },
    tell: (news: (typeof told)[number]) => told.push(news),
    log: {
      once: (level: string, key: string, line: string) => logged.push(`${level} of ${key} | ${line}`),
      recovered: () => undefined,
    },
    doubts: { judge: () => undefined },
    stops,
    post: (_url: string, text: string, options: object) =>
      new Promise<PostAnswer>((resolve) => {
        const answer = async (said: PostAnswer) => {
          resolve(said)
          await turn()
          if (state.isCounted) return
          time.elapsed += PAUSE_MS
          for (const { run } of timers.filter(({ ms }) => ms === PAUSE_MS)) run()
          await turn()
        }
        posts.push({ body: text, answer, ...options } as (typeof posts)[number])
      }),
  } as unknown as Parameters<typeof createPost>[0])
  return {
    post,
    outbox,
    endpoints,
    events,
    channels,
    state,
    life,
    ending,
    consent,
    told,
    logged,
    posts,
    timers,
    time,
    stops,
    outcomes: () => outcomes,
    all: () => [...outbox.entries.values()],
    add: (item: unknown = 'item', bytes = 100) => outbox.add('events', item, bytes),
    async send(reason: 'manual' | 'interval' | 'destroy' = 'interval') {
      void post.send(reason)
      await turn()
    },
  }
}

/** A time that is one thing when it is asked for first, and later from then on. */
const once = (time: number, step: number) => {
  let asked = 0
  return () => (asked++ ? time + step : time)
}

// The pauses of failures are longer than the time that the answers of these tests take.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5))

describe('a post', () => {
  it('carries what waits, with the headers of its mode, and is settled by its answer', async () => {
    const { add, send, posts, told, all, outcomes, state, logged } = open()
    add('a')
    await send('manual')
    expect(posts).toMatchObject([{ body: '["a"]', keepalive: true, headers: { mode: 'DEBUG' } }])
    expect(state.renewals).toBe(1)
    await posts[0]?.answer({ status: 200 })
    expect(told).toEqual([
      { kind: 'events', items: ['a'], reason: 'manual', transport: 'fetch', outcome: 'sent', status: 200 },
    ])
    expect([all(), outcomes(), logged]).toEqual([[], 1, []])
  })

  it.each<[string, PostAnswer, string]>([
    ['a busy server', { status: 503 }, 'kept'],
    ['a refusal', { status: 401, retryAfterMs: 60_000 }, 'kept'],
    ['no answer', {}, 'blocked'],
  ])('%s: what it carried waits again, with one line', async (_, answer, outcome) => {
    const { add, send, posts, told, all, logged } = open()
    add()
    await send('manual')
    expect(all()[0]).toMatchObject({ state: 'sending', sentAt: 1_000_000 })
    await posts[0]?.answer(answer)
    expect(told.map((one) => one.outcome)).toEqual([outcome])
    expect(all()).toMatchObject([{ state: 'waiting' }])
    expect(logged).toEqual([
      `warn of events | events: not delivered (${answer.status ?? `no answer from ${URL}`}); kept, and tried again`,
    ])
    expect(posts).toHaveLength(1)
    // After a failure it goes by a request that ends with the page.
    await send('manual')
    expect(posts).toMatchObject([{ keepalive: true }, { keepalive: false }])
    expect(all()).toMatchObject([{ state: 'sending', sentAt: undefined }])
  })

  it('without an answer while the browser is offline is kept: nobody blocked it', async () => {
    const { add, send, posts, told, state } = open()
    add()
    await send()
    state.isOnline = false
    await posts[0]?.answer({})
    expect(told).toMatchObject([{ outcome: 'kept' }])
    expect(told[0]).not.toHaveProperty('status')
  })

  it('that is invalid goes once more, then it is dropped', async () => {
    const { add, send, posts, told, all, logged } = open()
    add()
    await send()
    await posts[0]?.answer({ status: 400 })
    expect(all()).toMatchObject([{ state: 'sending', isSuspect: true }])
    await posts[1]?.answer({ status: 400 })
    expect([told.map(({ outcome }) => outcome), all()]).toEqual([['kept', 'dropped'], []])
    expect(logged).toEqual(['error of events 400 | events: refused with status 400 and dropped'])
  })

  it('that is invalid costs nothing that went with it for the first time', async () => {
    const { add, send, posts, told, all } = open()
    add('a')
    await send()
    add('b')
    await posts[0]?.answer({ status: 400 })
    expect(posts[1]?.body).toBe('["a","b"]')
    await posts[1]?.answer({ status: 400 })
    await posts[2]?.answer({ status: 200 })
    expect([told.map(({ outcome }) => outcome), all()]).toEqual([['kept', 'kept', 'sent'], []])
  })

  it('of several batches that is too big goes in two', async () => {
    const { add, send, posts } = open()
    for (let n = 0; n < 4; n++) add(n, 10 * KIB)
    await send()
    await posts[0]?.answer({ status: 413 })
    await posts[1]?.answer({ status: 200 })
    expect(posts.map(({ body }) => body)).toEqual(['[0,1,2,3]', '[0,1]', '[2,3]'])
  })

  it('that is too big goes in halves, one item of it not at all; later ones are no bigger', async () => {
    const { add, send, posts, told, all } = open()
    for (const item of ['a', 'b']) add(item, 4 * KIB)
    await send()
    await posts[0]?.answer({ status: 413 })
    expect([told, posts.map(({ body }) => body)]).toEqual([[], ['["a","b"]', '["a"]']])
    add('c', 4 * KIB)
    await posts[1]?.answer({ status: 413 })
    expect(told).toMatchObject([{ outcome: 'dropped', status: 413 }])
    await posts[2]?.answer({ status: 200 })
    // What was recorded meanwhile is left to the next posts.
    expect(posts).toHaveLength(3)
    await send()
    await posts[3]?.answer({ status: 200 })
    expect([posts.slice(2).map(({ body }) => body), all()]).toEqual([['["b"]', '["c"]'], []])
  })

  it('that is asked for while others are under way is made by these, which are faster the more there is', async () => {
    const { add, send, posts, time, state } = open()
    add('a')
    await send()
    time.elapsed += 10
    add('b')
    state.writeSome = () => new Promise(() => undefined)
    await send()
    await posts[0]?.answer({ status: 200 })
    expect(posts.map(({ body }) => body)).toEqual(['["a"]', '["b"]'])
  })

  it('that outlives the page is counted by the browser for some ms more: what waits is posted then', async () => {
    const { add, send, posts, state, time, timers } = open()
    for (let n = 0; n < 20; n++) add('x'.repeat(4_000), 4 * KIB)
    await send()
    state.isCounted = true
    await posts[0]?.answer({ status: 200 })
    expect(posts).toHaveLength(1)
    const [wait] = timers.filter(({ ms }) => ms === PAUSE_MS)
    expect(wait?.isBackground).toBe(true)
    time.elapsed += PAUSE_MS
    wait?.run()
    await turn()
    expect(posts).toHaveLength(2)
  })

  it('that waits for room is none where the network is gone by then', async () => {
    const { add, send, posts, state, endpoints, timers, all } = open()
    endpoints.spend(64 * KIB)
    add()
    await send()
    state.isOnline = false
    timers.splice(0).forEach(({ run }) => run())
    await turn()
    expect([posts, all()]).toMatchObject([[], [{ state: 'waiting' }]])
  })

  it('that is redirected says what to set', async () => {
    const { add, send, posts, logged, told, all } = open()
    add()
    await send()
    await posts[0]?.answer({ status: 0, type: 'opaqueredirect' })
    expect(logged).toEqual([
      `error of events redirected | events: kept, ${URL} redirects posts: set \`urls\` to where it leads`,
    ])
    // Something answered, so that nothing on this page's way to the server is to blame.
    expect([all(), told]).toMatchObject([[{ state: 'waiting' }], [{ outcome: 'kept' }]])
  })

  it('outlives its page only where it is small, and its endpoint is well', async () => {
    const { add, post, posts, endpoints, life } = open()
    add('x'.repeat(48 * KIB))
    void post.send('manual')
    await turn()
    expect(posts[0]?.keepalive).toBe(false)
    await posts[0]?.answer({ status: 503 })
    expect(endpoints.isWell(URL)).toBe(false)
    void post.send('manual')
    await turn()
    expect(posts[1]?.signal).toBe(life.signal)
    await posts[1]?.answer({ status: 200 })
    add('y')
    void post.send('manual')
    await turn()
    expect(posts[2]?.keepalive).toBe(true)
    expect(posts[2]?.signal).not.toBe(life.signal)
  })

  it('outlives its page up to the last byte of what may, and of what the browser has room for', async () => {
    const largest = open()
    largest.add('x'.repeat(48 * KIB - '[""]'.length))
    await largest.send()
    expect(largest.posts.map(({ keepalive }) => keepalive)).toEqual([true])
    for (const [room, keepalive] of [
      ['["x"]'.length, true],
      ['["x"]'.length - 1, false],
    ] as const) {
      const { add, send, posts, endpoints, timers } = open()
      endpoints.spend(64 * KIB - room)
      add('x')
      await send()
      // There may be more room in a moment.
      timers.splice(0).forEach(({ run }) => run())
      await turn()
      expect(posts.map((post) => post.keepalive)).toEqual([keepalive])
    }
    const enough = open()
    enough.endpoints.spend(16 * KIB)
    enough.add()
    await enough.send()
    expect(enough.posts).toHaveLength(1)
  })

  it('of an integration goes by itself, with the id of its first batch', async () => {
    const { channels, events, add, send, posts, all } = open()
    const calls: unknown[] = []
    delete events.headers
    channels.set('events', { ...events, post: async (...given) => (calls.push(given), { status: 200 }) })
    add('a')
    const [{ id }] = all() as [Entry]
    await send()
    expect([calls, posts, all()]).toEqual([[[['a'], id]], [], []])
  })

  it('of an integration that is redirected does not send the user to `urls`, which has another address', async () => {
    const { channels, events, add, send, logged, told, all } = open()
    channels.set('events', { ...events, post: async () => ({ status: 0, type: 'opaqueredirect' }) })
    add()
    await send()
    expect(logged).toEqual([
      `error of events redirected | events: kept, ${URL} redirects posts: set its URL to where it leads`,
    ])
    expect([all(), told]).toMatchObject([[{ state: 'waiting' }], [{ outcome: 'kept' }]])
  })
})

describe('where much waits', () => {
  /** Batches of 10 KiB as estimated, each with little text. */
  const fill = ({ add }: ReturnType<typeof open>, batches: number) => {
    for (let n = 0; n < batches; n++) add(n, 10 * KIB)
  }
  const sizes = ({ posts }: ReturnType<typeof open>) => posts.map(({ body }) => (JSON.parse(body) as unknown[]).length)
  /** Lets the lanes begin that wait for a task of their own. */
  const startLanes = async ({ timers }: ReturnType<typeof open>) => {
    for (const { run } of timers.splice(0).filter(({ ms }) => ms === 0)) run()
    await turn()
  }

  it('four small posts go first, one after the other; then big ones, three at the same time', async () => {
    const page = open()
    fill(page, 200)
    await page.send()
    for (let n = 0; n < 4; n++) {
      expect(sizes(page)).toEqual(Array(n + 1).fill(4))
      await page.posts[n]?.answer({ status: 200 })
    }
    expect(sizes(page).slice(4)).toEqual([6])
    await startLanes(page)
    await startLanes(page)
    await startLanes(page)
    expect(sizes(page).slice(4)).toEqual([6, 6, 6])
    await page.posts[5]?.answer({ status: 200 })
    expect(sizes(page).slice(4)).toEqual([6, 6, 6, 6])
  })

  it('what dead pages left goes in big posts alone', async () => {
    const page = open()
    fill(page, 60)
    // They do not have to outlive the page, so that they wait for no room.
    page.endpoints.spend(64 * KIB)
    void page.post.send('interval', true)
    await turn()
    await startLanes(page)
    expect(sizes(page)).toEqual([6, 6])
  })

  it('a hidden page posts no more than one request carries that outlives it', async () => {
    const page = open()
    page.state.isHidden = true
    for (let n = 0; n < 10; n++) page.add(n, 4 * KIB)
    await page.send()
    expect([sizes(page), page.posts[0]?.keepalive]).toEqual([[4], true])
  })

  it('no more is posted once one fails', async () => {
    const page = open()
    fill(page, 200)
    void page.post.send('interval', true)
    await turn()
    await startLanes(page)
    expect(page.posts).toHaveLength(2)
    await page.posts[0]?.answer({ status: 503 })
    await startLanes(page)
    await page.posts[1]?.answer({ status: 503 })
    await startLanes(page)
    expect([page.posts.length, new Set(page.all().map(({ state }) => state))]).toEqual([2, new Set(['waiting'])])
  })
})

describe('a post whose life has ended', () => {
  const leave = ({ outbox, life }: ReturnType<typeof open>) => {
    outbox.leave()
    life.number++
  }

  it('and that arrived: who finds its batches deletes them, and nobody is told', async () => {
    const page = open()
    page.add()
    const [{ id }] = page.all() as [Entry]
    await page.send()
    leave(page)
    await page.posts[0]?.answer({ status: 200 })
    expect([...page.outbox.arrived]).toEqual([id])
    expect([page.told, page.outcomes()]).toEqual([[], 1])
  })

  it.each([413, 503])(
    'and that was not taken (%d), whose batches this page has adopted again: they are in no doubt',
    async (status) => {
      const page = open()
      page.add()
      const [entry] = page.all() as [Entry]
      await page.send()
      leave(page)
      page.outbox.adopt([{ ...entry, doubt: 7 }], 'dead')
      await page.posts[0]?.answer({ status })
      expect(page.all()).toMatchObject([{ id: entry.id }])
      expect(page.all()[0]).not.toHaveProperty('doubt')
      expect(page.outbox.refused.size).toBe(0)
    },
  )

  it('and that failed says so of its endpoint, without an answer it says nothing', async () => {
    const page = open()
    page.add()
    await page.send()
    leave(page)
    await page.posts[0]?.answer({})
    expect([page.endpoints.isWell(URL), page.all()]).toEqual([true, []])
    Object.assign(page.state, { losesPosts: true, mayStillGo: true })
    page.add()
    await page.send()
    leave(page)
    await page.posts[1]?.answer({ status: 503 })
    expect(page.all()).toEqual([])
    expect([page.endpoints.isWell(URL), page.outbox.arrived.size]).toEqual([false, 0])
  })

  it.each([413, 400, 503])('and that was not taken (%d): who finds its batches sends them again', async (status) => {
    const page = open()
    page.add()
    const [{ id }] = page.all() as [Entry]
    await page.send()
    leave(page)
    await page.posts[0]?.answer({ status })
    expect([[...page.outbox.refused], page.outbox.arrived.size]).toEqual([[id], 0])
  })

  it('and that was cut then, as its endpoint fails, is sent again by who finds its batches', async () => {
    const page = open()
    Object.assign(page.state, { losesPosts: true, mayStillGo: true })
    page.add()
    await page.send()
    await page.posts[0]?.answer({ status: 503 })
    await page.send('manual')
    leave(page)
    page.ending.abort()
    page.add('of the next life')
    await page.posts[1]?.answer({})
    expect(page.posts).toHaveLength(2)
    expect(page.all()).toMatchObject([{ items: ['of the next life'], state: 'waiting' }])
  })

  it.each([
    ['arrived', { status: 200 }, [], ['left'], [{ outcome: 'sent', items: ['kept'] }]],
    ['failed', { status: 503 }, ['waiting'], [], [{ outcome: 'kept', items: ['kept'] }]],
  ])(
    'but not for all of its batches, as no note took them, and that %s: these are settled',
    async (_, answer, states, arrived, told) => {
      const page = open()
      page.add('left', 8 * KIB)
      page.add('kept', 8 * KIB)
      const [left, kept] = page.all() as [Entry, Entry]
      await page.send()
      expect(JSON.parse(page.posts[0]?.body ?? '')).toEqual(['left', 'kept'])
      page.outbox.leave([kept])
      page.life.number++
      await page.posts[0]?.answer(answer)
      expect(page.all().map(({ state }) => state)).toEqual(states)
      expect([...page.outbox.arrived]).toEqual(arrived.map(() => left.id))
      expect(page.told).toMatchObject(told)
    },
  )

  it('and that was cut then: what no note took waits again', async () => {
    const page = open()
    page.add()
    await page.send()
    await page.posts[0]?.answer({ status: 503 })
    await page.send('manual')
    page.outbox.leave(page.all())
    page.life.number++
    page.ending.abort()
    await page.posts[1]?.answer({})
    expect(page.all()).toMatchObject([{ state: 'waiting' }])
  })

  it.each([
    ['a browser that loses posts', { losesPosts: true, mayStillGo: true }, 1, 1],
    ['another browser', { losesPosts: false, mayStillGo: true }, 1, 0],
    ['a page that is gone for sure', { losesPosts: true, mayStillGo: false }, 1, 0],
    ['a life before the last one', { losesPosts: true, mayStillGo: true }, 2, 0],
    [
      'a post that does not outlive its page: its batches are on disk',
      { losesPosts: true, mayStillGo: true },
      1,
      0,
      64,
    ],
  ])('without an answer may still go by a beacon: %s', async (_, over, lives, left, kib = 1) => {
    const page = open()
    Object.assign(page.state, over)
    page.add('x'.repeat(kib * KIB))
    await page.send()
    for (let n = 0; n < lives; n++) leave(page)
    await page.posts[0]?.answer({})
    expect(page.all()).toHaveLength(left)
  })
})

describe('nothing is posted', () => {
  /** A page that has two kinds of data, and may not post the second one now. */
  const withOthers = () => {
    const page = open()
    const others = { ...page.events, kind: 'others', url: 'https://e/others' }
    page.channels.set('others', others)
    page.endpoints.note(others.url, 'refused')
    return { ...page, addOthers: () => page.outbox.add('others', 'other', 100) }
  }

  it.each<[string, (page: ReturnType<typeof open>) => unknown]>([
    ['without consent', ({ consent }) => (consent.isGranted = false)],
    ['while the browser is offline', ({ state }) => (state.isOnline = false)],
    ['before the lock is answered', ({ life }) => (life.state = 'asked')],
    ['while the page may be about to go', ({ life }) => (life.state = 'ended')],
    ['once the page stopped', ({ stops }) => stops.stop()],
  ])('%s', async (_, act) => {
    const page = open()
    page.add()
    act(page)
    await page.send()
    expect(page.posts).toEqual([])
    expect(page.all()).toMatchObject([{ state: 'waiting' }])
  })

  it('before it is on disk, where there is one', async () => {
    const { add, send, all, posts, state } = open()
    state.isStored = true
    const disks: string[] = []
    state.writeSome = async () => {
      disks.push(`${posts.length} ${all()[0]?.disk}`)
      if (disks.length > 1) Object.assign(all()[0] as Entry, { disk: 'yes' })
    }
    add()
    await send()
    expect([disks, posts.length]).toEqual([['0 no', '0 no'], 1])
  })

  it.each([
    ['is in doubt, on disk or where there is none', { doubt: 1 }],
    ['is being sent', { state: 'sending' }],
  ] as const)('nor written without end, of what %s', async (_, over) => {
    for (const isStored of [true, false]) {
      const { add, addOthers, all, send, posts, state } = withOthers()
      state.isStored = isStored
      let writes = 0
      state.writeSome = async () => {
        if (++writes > 9) throw new Error('There is no end of it')
      }
      add()
      Object.assign(all()[0] as Entry, over, isStored && { disk: 'yes' })
      addOthers()
      await send()
      // Once for each kind.
      expect([posts, writes]).toEqual([[], 2])
    }
  })

  it('of one kind before it is on disk, whatever of others is', async () => {
    const { add, addOthers, all, send, posts, state } = withOthers()
    state.isStored = true
    addOthers()
    Object.assign(all()[0] as Entry, { disk: 'yes' })
    add()
    let writes = 0
    state.writeSome = async () => {
      if (++writes > 2) Object.assign(all()[1] as Entry, { disk: 'yes' })
    }
    await send()
    expect(posts.map(({ body }) => body)).toEqual(['["item"]'])
    expect(all().map((entry) => entry.state)).toEqual(['waiting', 'sending'])
  })

  it.each(['manual', 'destroy'] as const)(
    'while the page may be about to go, or in a pause, unless somebody asks for it (%s)',
    async (reason) => {
      const { add, send, life, posts } = open()
      add()
      life.state = 'ended'
      await send(reason)
      await posts[0]?.answer({ status: 503 })
      await send()
      expect(posts).toHaveLength(1)
      await send(reason)
      expect(posts).toHaveLength(2)
    },
  )
})

describe('the next post', () => {
  it('comes after the interval, or the pause of a failure, in the background; none before the start', async () => {
    const { add, send, posts, told, timers, post, stops } = open()
    await send()
    expect(timers).toEqual([])
    post.start()
    expect(timers).toMatchObject([{ ms: 60_000, isBackground: true }])
    add()
    timers.splice(0).forEach(({ run }) => run())
    await turn()
    await posts[0]?.answer({ status: 429, retryAfterMs: 120_000 })
    expect(told).toMatchObject([{ reason: 'interval' }])
    expect(timers).toHaveLength(1)
    expect(timers[0]?.ms).toBeGreaterThanOrEqual(120_000)
    stops.stop()
    expect(timers).toEqual([])
  })

  it('after a failure comes before the interval is over', async () => {
    const { add, send, posts, timers, post } = open()
    post.start()
    add()
    await send()
    await posts[0]?.answer({ status: 503 })
    expect(timers).toHaveLength(1)
    expect(timers[0]?.ms).toBeLessThan(60_000)
  })

  it('comes soon where the pause of a failure is over by the end of the posts beside it', async () => {
    const { add, send, posts, timers, post } = open()
    vi.spyOn(Math, 'random').mockReturnValue(0)
    post.start()
    add()
    await send()
    await posts[0]?.answer({ status: 503 })
    expect(timers.map(({ ms }) => ms)).toEqual([10_000])
  })

  it('comes at the end of a pause also where its timer is early by less than 1 ms', async () => {
    const { add, send, posts, timers, post, time } = open()
    post.start()
    add()
    await send()
    await posts[0]?.answer({ status: 429, retryAfterMs: 2_000 })
    const [{ ms, run } = { ms: 0, run: () => undefined }] = timers.splice(0)
    time.elapsed += Math.floor(ms)
    // The clock goes on while the page looks at it.
    Object.defineProperty(time, 'elapsed', { get: once(time.elapsed, 1) })
    run()
    await turn()
    expect(posts).toHaveLength(2)
  })

  it('of a hidden page waits for room, as it must outlive the page', async () => {
    const { add, send, posts, state, endpoints, timers, post, all } = open()
    post.start()
    endpoints.spend(64 * KIB)
    state.isHidden = true
    add()
    await send()
    // It waits a moment first, in case a post that has ended takes the room.
    timers
      .splice(
        timers.findIndex(({ ms }) => ms === PAUSE_MS),
        1,
      )[0]
      ?.run()
    await turn()
    expect([posts, all()]).toMatchObject([[], [{ state: 'waiting' }]])
    expect(timers.map(({ ms }) => ms)).toEqual([10_000])
  })

  it('is tried when the network is back, where it was barred or failed', async () => {
    const { add, send, posts, state, post, told } = open()
    add()
    post.retry()
    await turn()
    expect(posts).toEqual([])
    state.isOnline = false
    await send()
    state.isOnline = true
    post.retry()
    await turn()
    await posts[0]?.answer({ status: 200 })
    expect(told).toMatchObject([{ outcome: 'sent', reason: 'interval' }])
  })

  it('is a small one when the network is back, though much waits', async () => {
    const { add, send, posts, state, post } = open()
    for (let n = 0; n < 8; n++) add(n, 10 * KIB)
    state.isOnline = false
    await send()
    state.isOnline = true
    post.retry()
    await turn()
    expect(posts.map(({ body }) => body)).toEqual(['[0,1,2,3]'])
  })
})
