import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world'
import type { NamedDelivery } from '../../../../src/late/types'

let world: World
afterEach(() => world.close())

/** Takes what is posted; answers with these statuses, then with 200. */
function receiver(...statuses: number[]) {
  const posts: { items: unknown[]; id: string }[] = []
  const post: NamedDelivery['post'] = (items, { id }) => {
    posts.push({ items: [...items], id })
    return Promise.resolve({ status: statuses.shift() ?? 200 })
  }
  return { posts, post, items: () => posts.flatMap((each) => each.items) }
}
const beaconUrl = 'https://hook.example/in'
const kindsOnDisk = async () =>
  (await world.disk()).filter(({ key }) => key[0] === 'batch').map(({ value }) => (value as { kind?: string }).kind)
const beacons = () =>
  world.beacons.filter(({ url }) => url === beaconUrl).map(({ body }) => JSON.parse(body) as unknown)

describe('the outbox of an integration', () => {
  it('posts what waits at its interval, each item once, as copies', async () => {
    world = await createWorld()
    const page = world.open()
    const named = page.named('hook')
    const { post, posts } = receiver()
    named.deliver({ post, flushMs: 5_000 })
    const item = { n: 1 }
    named.add(item)
    named.dirty()
    item.n = 2
    named.add('text')
    await world.pass(4_900)
    expect(posts).toEqual([])
    await world.pass(200)
    expect(posts.map(({ items }) => items)).toEqual([[{ n: 1 }, 'text']])
    await world.pass(60_000)
    expect(posts).toHaveLength(1)
    expect([world.posts, page.logged]).toEqual([[], []])
    expect(await world.batchesOnDisk()).toEqual([])
  })

  it('keeps and tries again what was not answered, with the same id', async () => {
    world = await createWorld()
    const page = world.open()
    const named = page.named('hook')
    const { post, posts } = receiver(503, 0)
    named.deliver({ post })
    named.add(1)
    for (let n = 0; n < 3; n++) {
      await page.delivery.flush('manual')
      await world.settle()
    }
    expect(posts.map(({ items }) => items)).toEqual([[1], [1], [1]])
    expect(new Set(posts.map(({ id }) => id)).size).toBe(1)
    expect(page.deliveries.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['integration hook', 'kept'],
      ['integration hook', 'blocked'],
      ['integration hook', 'sent'],
    ])
    expect(await world.batchesOnDisk()).toEqual([])
  })

  it('drops what is refused twice, and halves what is too much', async () => {
    world = await createWorld()
    const page = world.open()
    const named = page.named('hook')
    const { post, posts } = receiver(413, 200, 400, 400)
    named.deliver({ post })
    named.add(1)
    named.add(2)
    await page.delivery.flush('manual')
    expect(posts.map(({ items }) => items)).toEqual([[1, 2], [1], [2], [2]])
    expect(page.deliveries.map(({ outcome }) => outcome)).toEqual(['sent', 'kept', 'dropped'])
  })

  it.each([{ status: 0, type: 'opaqueredirect' } as const, { status: 302 }, { status: 308 }])(
    'keeps what was answered with %o: a redirect is no delivery',
    async (redirect) => {
      world = await createWorld()
      const page = world.open()
      const named = page.named('hook')
      const answers = [redirect, redirect]
      const items: unknown[] = []
      const post: NamedDelivery['post'] = async (given) => (items.push(...given), answers.pop() ?? { status: 200 })
      named.deliver({ post, beaconUrl })
      named.add(1)
      await page.delivery.flush('manual')
      await page.delivery.flush('manual')
      expect(page.logged).toEqual([
        `pennon: integration hook: kept, ${beaconUrl} redirects posts: set its URL to where it leads`,
      ])
      // Somebody has to mend it first.
      await world.pass(890_000)
      expect(items).toEqual([1, 1])
      await world.pass(1_000_000)
      expect(items).toEqual([1, 1, 1])
      expect(page.deliveries.map(({ outcome }) => outcome)).toEqual(['kept', 'kept', 'sent'])
      expect(await world.batchesOnDisk()).toEqual([])
    },
  )

  it.each([
    ['as long as it is asked to', 120_000, 120_000],
    ['half a minute where it is told only that it was too much', undefined, 30_000],
    ['as long where what it is asked to makes no sense', 'soon' as never, 30_000],
  ])('waits %s', async (_, retryAfterMs, ms) => {
    world = await createWorld()
    const page = world.open()
    const named = page.named('hook')
    const answers = [{ status: 429, ...(retryAfterMs && { retryAfterMs }) }]
    let posts = 0
    named.deliver({ post: () => Promise.resolve((posts++, answers.pop() ?? { status: 200 })), flushMs: 1_000 })
    named.add(1)
    await world.pass(ms - 1_000)
    expect(posts).toBe(1)
    await world.pass(5_000)
    expect(posts).toBe(2)
  })

  it.each([
    ['throws', () => { throw new Error('broken') }], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['answers nonsense', () => Promise.resolve('yes' as never)],
    ['answers nothing', () => undefined as never],
    ['answers null', () => Promise.resolve(null as never)],
    ['answers with a status that cannot be read', () => Promise.resolve({ status: Symbol('ok') } as never)],
  ] satisfies [string, NamedDelivery['post']][])(
    'a post that %s costs an attempt, and the others nothing',
    async (_, post) => {
      world = await createWorld({ fate: () => ({ arrives: true, status: 200 }) })
      const page = world.open()
      page.named('hook').deliver({ post })
      page.named('hook').add(1)
      page.impression('a')
      await page.delivery.flush('manual')
      expect(world.received.map(({ flag }) => flag)).toEqual(['a'])
      expect(page.deliveries.map(({ kind, outcome }) => [kind, outcome])).toEqual(
        [
          ['integration hook', 'blocked'],
          ['impressions', 'sent'],
        ].sort() as never,
      )
    },
  )

  it('a post that hangs is given up, and told so', async () => {
    world = await createWorld()
    const page = world.open()
    let signal: AbortSignal | undefined
    page.named('hook').deliver({ post: (_, options) => new Promise(() => (signal ??= options.signal)) })
    page.named('hook').add(1)
    const flushed = page.delivery.flush('manual')
    await world.pass(29_000)
    expect(signal?.aborted).toBe(false)
    await world.pass(5_000)
    await flushed
    expect(signal?.aborted).toBe(true)
    expect(page.deliveries.map(({ outcome }) => outcome)).toEqual(['blocked'])
  })

  it('leaves out what is not JSON, with one line', async () => {
    world = await createWorld()
    const page = world.open()
    const named = page.named('hook')
    const { post, items } = receiver()
    named.deliver({ post })
    const round: { self?: unknown } = {}
    round.self = round
    for (const item of [round, 1n, undefined, () => 1, Symbol('s'), 'good']) named.add(item)
    await page.delivery.flush('manual')
    expect(items()).toEqual(['good'])
    expect(page.logged).toHaveLength(1)
  })

  it('takes one more way for the same items: the last one counts', async () => {
    world = await createWorld()
    const page = world.open()
    const [before, now] = [receiver(), receiver()]
    page.named('hook').deliver({ post: before.post, drain: () => ['never'], beaconUrl })
    page.named('hook').add(1)
    page.named('hook').deliver({ post: now.post })
    page.named('hook').dirty()
    await page.delivery.flush('manual')
    expect([before.items(), now.items()]).toEqual([[], [1]])
    page.named('hook').add(2)
    page.leave()
    expect(beacons()).toEqual([])
  })

  it('goes the last way that it was told, also while a post is under way', async () => {
    world = await createWorld()
    const page = world.open()
    let answer: () => void = () => undefined
    page.named('hook').deliver({ post: () => new Promise((resolve) => (answer = () => resolve({ status: 200 }))) })
    page.named('hook').add(1)
    const flushed = page.delivery.flush('manual')
    await world.settle()
    const { post, items } = receiver()
    page.named('hook').deliver({ post })
    page.named('hook').add(2)
    answer()
    await flushed
    expect(items()).toEqual([2])
  })

  it('forgets all when consent is declined, what is gathered too', async () => {
    world = await createWorld()
    const page = world.open({ consent: 'unknown' })
    const named = page.named('hook')
    const { post, posts } = receiver()
    let gathered = ['gathered']
    named.deliver({ post, drain: () => gathered.splice(0) })
    named.add('queued')
    named.dirty()
    await page.delivery.flush('manual')
    page.setConsent('declined')
    named.add('late')
    gathered = []
    page.setConsent('granted')
    await page.delivery.flush('manual')
    expect(posts).toEqual([])
  })
})

describe('at page hide it', () => {
  it('goes to disk without a beacon address, and with the next page', async () => {
    world = await createWorld()
    const page = world.open()
    page.named('hook').deliver({ post: receiver().post })
    page.named('hook').add(1)
    page.leave()
    await world.settle()
    expect(page.deliveries).toEqual([
      { kind: 'integration hook', count: 1, items: [1], reason: 'hide', transport: 'note', outcome: 'kept' },
    ])
    const next = world.open()
    const { post, items } = receiver()
    next.named('hook').deliver({ post })
    await world.pass(5_000)
    expect(items()).toEqual([1])
    expect(await world.batchesOnDisk()).toEqual([])
  })

  it('goes by a beacon of its own after pennon’s, with nothing of pennon’s in it', async () => {
    world = await createWorld()
    const page = world.open()
    page.named('hook').deliver({ post: receiver().post, beaconUrl, body: (items) => ({ payload: items }) })
    page.named('hook').add(1)
    page.impression('stored')
    await world.pass(1_000)
    page.named('hook').add(2)
    page.impression('fresh')
    page.leave()
    expect(world.beacons.map(({ url }) => new URL(url).host)).toEqual(['e', 'e', 'hook.example', 'hook.example'])
    expect(beacons()).toEqual([{ payload: [2] }, { payload: [1] }])
  })

  it('does not hold up what is ready for what is not: that goes with the next page', async () => {
    world = await createWorld()
    const page = world.open()
    const gathered = [{ signature: 'beside it' }, { signature: '' }]
    page.named('hook').deliver({
      post: receiver().post,
      beaconUrl,
      isReady: (item) => (item as { signature: string }).signature !== '',
      drain: () => gathered.splice(0),
    })
    page.named('hook').add({ signature: 'x' })
    page.named('hook').dirty()
    page.leave()
    await world.settle()
    expect(beacons()).toEqual([[{ signature: 'x' }]])
    const { post, items } = receiver()
    world.open().named('hook').deliver({ post })
    await world.pass(5_000)
    expect(items()).toEqual([{ signature: 'beside it' }, { signature: '' }])
  })

  it.each(['body', 'isReady', 'drain'])('keeps all when %s throws', async (member) => {
    world = await createWorld()
    const page = world.open()
    const broken = () => {
      throw new Error('broken')
    }
    page.named('hook').deliver({ post: receiver().post, beaconUrl, [member]: broken })
    page.named('hook').add(1)
    page.named('hook').dirty()
    page.impression('a')
    page.leave()
    await world.settle()
    expect(world.received.map(({ flag }) => flag)).toEqual(['a'])
    expect(beacons()).toHaveLength(member === 'drain' ? 1 : 0)
    expect(page.logged).toEqual(['pennon: hook: Error: broken'])
    const next = world.open()
    const { post, items } = receiver()
    next.named('hook').deliver({ post })
    await world.pass(5_000)
    expect([...items(), ...beacons().flat()]).toEqual([1])
  })

  it('leaves alone what belongs to an integration that is not there any more, up to the age limit', async () => {
    world = await createWorld({ fate: () => ({ arrives: true, status: 200 }), limits: { maxAgeMs: 3_600_000 } })
    const page = world.open()
    page.named('gone').deliver({ post: receiver().post })
    page.named('gone').add(1)
    page.leave()
    await world.settle()
    const next = world.open()
    next.impression('a')
    await next.delivery.flush('manual')
    await world.pass(5_000)
    expect(world.received.map(({ flag }) => flag)).toEqual(['a'])
    expect(await kindsOnDisk()).toEqual(['integration gone'])
    next.leave()
    await world.settle()
    expect(await kindsOnDisk()).toEqual(['integration gone'])
    const last = world.open()
    await world.pass(3_700_000)
    last.impression('b')
    await last.delivery.flush('manual')
    await world.settle()
    expect(last.delivery.dropped()).toBe(1)
    expect(await kindsOnDisk()).toEqual([])
  })
})
