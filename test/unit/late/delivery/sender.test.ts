import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, OK, type TestPage, type World } from './world'

let world: World
afterEach(() => world.close())

const record = (page: TestPage, prefix: string, count: number) => {
  for (let n = 0; n < count; n++) page.impression(`${prefix}-${n}`)
}
const received = () => world.received.map(({ flag }) => flag)
/** Nothing of these flags arrived twice or is lost, once another page has sent what was left. */
const settled = async (...expected: [prefix: string, count: number][]) => {
  world.fate = () => OK
  world.open()
  await world.pass(5_000)
  const names = expected.flatMap(([prefix, count]) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`))
  expect(received().sort()).toEqual(names.sort())
}

describe('a page that nobody sees', () => {
  it('starts no post that may be received without its answer: what does not fit goes with the next page', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 1_000)
    await world.settle()
    expect(world.pending).toHaveLength(1)
    page.hide()
    // The post on its way and the beacons have all that the browser takes.
    world.pending[0]?.answer(OK)
    await world.settle()
    for (const { keepalive } of world.posts) expect(keepalive).toBe(true)
    for (const post of [...world.pending]) post.answer({ arrives: true, status: 200 })
    page.leave()
    await world.settle()
    await settled(['a', 1_000])
  })

  it('posts on when its beacons have arrived for sure', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    world.isOnline = false
    record(page, 'a', 2_000)
    await world.pass(1_000)
    world.isOnline = true
    page.hide()
    await world.settle()
    const before = received().length
    expect(before).toBeLessThan(2_000)
    void page.sender.flush('interval')
    await world.pass(9_000)
    expect(received()).toHaveLength(before)
    await world.pass(15_000)
    expect(new Set(received()).size).toBe(2_000)
    expect(received()).toHaveLength(2_000)
    for (const { keepalive } of world.posts) expect(keepalive).toBe(true)
  })

  it('sends nothing by itself any more once it has gone', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 1_000)
    await world.settle()
    page.sender.hide(true)
    world.pending[0]?.answer(OK)
    await world.pass(20_000)
    expect(world.posts).toHaveLength(1)
    page.crash()
    await settled(['a', 1_000])
  })
})

describe('posts of several kinds', () => {
  it('all outlive the page: one waits for the other', async () => {
    world = await createWorld()
    const page = world.open()
    record(page, 'a', 300)
    for (let n = 0; n < 1_200; n++) page.count(`counted-${n}`)
    void page.sender.flush('manual')
    await world.settle()
    while (world.pending.length) {
      expect(world.pending.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(65_536)
      world.pending[0]?.answer(OK)
      await world.settle()
    }
    for (const { keepalive } of world.posts) expect(keepalive).toBe(true)
    expect(world.counted.size).toBe(1_200)
    expect(received()).toHaveLength(300)
  })
})

describe('a long queue', () => {
  it('is posted while the rest is still being written', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 20_000)
    // Looked at with every turn: a clock would come when all is over.
    while (!world.posts.length) await new Promise((resolve) => setImmediate(resolve))
    expect((await world.flagsOnDisk()).length).toBeLessThan(20_000)
    await page.outbox.write()
    expect(await world.flagsOnDisk()).toHaveLength(20_000)
  })

  it('of a page before goes in large posts, several at a time', async () => {
    world = await createWorld({ mode: 'DEBUG', limits: { flushBytes: 10_000_000 } })
    const page = world.open()
    record(page, 'a', 20_000)
    await page.outbox.write()
    page.crash()
    world.open()
    await world.pass(2_000)
    expect(world.pending).toHaveLength(3)
    for (const { body } of world.pending) expect(body.length).toBeGreaterThan(150_000)
    let posts = world.pending.length
    while (world.pending.length) {
      world.pending[0]?.answer(OK)
      await world.pass(1)
      posts = Math.max(posts, world.posts.length)
    }
    expect(posts).toBeLessThan(15)
    expect(new Set(received()).size).toBe(20_000)
    expect(received()).toHaveLength(20_000)
  })

  it('gets smaller at a 413, until each post is taken', async () => {
    world = await createWorld({
      mode: 'DEBUG',
      fate: ({ body }) => (body.length > 5_000 ? { arrives: false, status: 413 } : OK),
    })
    const page = world.open()
    record(page, 'a', 1_000)
    const flushed = page.sender.flush('manual')
    await world.pass(1)
    await flushed
    expect(new Set(received()).size).toBe(1_000)
    expect(received()).toHaveLength(1_000)
  })
})

describe('delivery events', () => {
  it('say once what a tab keeps that is switched to and fro', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const page = world.open()
    record(page, 'a', 3)
    await world.pass(1_000)
    for (let n = 0; n < 3; n++) {
      page.hide()
      page.show()
    }
    page.impression('later')
    page.hide()
    const kept = page.deliveries.filter(({ outcome }) => outcome === 'kept')
    expect(kept.map(({ count, transport }) => [count, transport])).toEqual([
      [3, 'disk'],
      [1, 'disk'],
    ])
  })
})
