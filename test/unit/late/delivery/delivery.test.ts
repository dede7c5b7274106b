// @vitest-environment node
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createKeyValue } from '../../../../src/browser/keyValue'
import { createWorld, OK, type Fate, type TestPage, type World } from './world'

let world: World
afterEach(() => world.close())

const DAY = 86_400_000
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
const record = (page: TestPage, prefix: string, count: number) => {
  for (const name of names(prefix, count)) page.impression(name)
}
const received = () => world.received.map(({ flag }) => flag).sort()
/** Another page sends what is left; each of these arrived once, and nothing is left. */
const settled = async (...expected: [prefix: string, count: number][]) => {
  world.fate = () => OK
  world.open()
  await world.pass(200_000)
  expect(received()).toEqual(expected.flatMap(([prefix, count]) => names(prefix, count)).sort())
  expect(await world.batchesOnDisk()).toEqual([])
  expect(world.notes()).toEqual([])
}
const answerAll = async (fate: Fate) => {
  for (const post of [...world.pending]) post.answer(fate)
  await world.settle()
}
const REFUSED: Fate = { arrives: false, status: 503 }

describe.each(['chromium', 'firefox', 'webkit'] as const)('a page that goes, in %s,', (engine) => {
  it.each(['leave', 'close'] as const)(
    '%s: hands over what the browser takes, and the next page sends the rest',
    async (how) => {
      world = await createWorld({ mode: 'DEBUG', engine, fate: () => OK })
      const page = world.open()
      record(page, 'flag', 5_000)
      page[how]()
      await world.settle()
      expect(received().length).toBeGreaterThan(400)
      expect(received().length).toBeLessThan(1_000)
      await settled(['flag', 5_000])
    },
  )

  it('keeps counts that a failing server did not take', async () => {
    world = await createWorld({ engine, fate: () => REFUSED })
    const page = world.open()
    for (let round = 0; round < 4; round++) for (const name of names('counted', 20)) page.count(name)
    await page.delivery.flush('manual')
    await world.pass(6_000)
    for (const name of names('counted', 20)) page.count(name)
    page.close()
    await world.settle()
    expect(world.counted.size).toBe(0)
    await settled()
    expect([...world.counted.values()]).toEqual(Array(20).fill(5))
  })

  it.each(['beforeunload first', 'from the hidden state'])(
    'closed with 300 on disk and 100 not (%s): each once',
    async (how) => {
      world = await createWorld({ mode: 'DEBUG', engine, fate: () => OK })
      const page = world.open()
      record(page, 'a', 300)
      await world.pass(1_000)
      record(page, 'b', 100)
      if (how !== 'beforeunload first') {
        page.hide()
        await world.settle()
      }
      page.close()
      await world.settle()
      await settled(['a', 300], ['b', 100])
    },
  )
})

describe('a server that fails slowly while pages are left', () => {
  it('costs nothing when a page saw one failure before', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const first = world.open()
    record(first, 'a', 200)
    await first.delivery.flush('manual')
    await world.pass(500)
    first.leave()
    await world.settle()
    world.fate = undefined
    for (let n = 0; n < 3; n++) {
      const page = world.open()
      await world.pass(3_500)
      page.leave()
      await world.pass(100)
      await answerAll(REFUSED)
    }
    await settled(['a', 200])
  })

  it.each(['leave', 'hide', 'close'] as const)(
    'is not handed anything by a page that goes before it has read of the failure on disk (%s)',
    async (how) => {
      world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
      const first = world.open()
      record(first, 'a', 5)
      await first.delivery.flush('manual')
      await world.pass(1_000)
      first.crash()
      expect(world.notes()).toEqual([])
      const second = world.open()
      record(second, 'b', 5)
      second[how]()
      await world.settle()
      expect(world.beacons).toEqual([])
      second.crash()
      await settled(['a', 5], ['b', 5])
      const third = world.open()
      record(third, 'c', 5)
      third.leave()
      expect(world.beacons).toHaveLength(1)
    },
  )

  it('ends the posts of a page that goes, as they will be sent again', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const first = world.open()
    record(first, 'a', 10)
    await first.delivery.flush('manual')
    first.leave()
    await world.settle()
    world.fate = undefined
    // It knows of the failure from the note of the first one alone.
    const second = world.open()
    record(second, 'b', 10)
    void second.delivery.flush('manual')
    await world.pass(100)
    const [post] = world.pending
    expect(post?.keepalive).toBe(false)
    second.freeze()
    await world.settle()
    expect(post?.isCut()).toBe(true)
    second.crash()
    await settled(['a', 10], ['b', 10])
  })

  it('costs nothing when the next page sees the failure', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const first = world.open()
    record(first, 'a', 10)
    await world.pass(100)
    void first.delivery.flush('manual')
    await world.settle()
    expect(world.pending).toHaveLength(1)
    first.leave()
    await world.settle()
    await answerAll(REFUSED)
    const second = world.open()
    record(second, 'b', 10)
    world.fate = () => REFUSED
    void second.delivery.flush('manual')
    await world.pass(1_000)
    second.leave()
    await world.settle()
    await settled(['a', 10], ['b', 10])
  })

  it('a page back from the bfcache believes the failure that it hears then', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 50)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.freeze()
    await world.settle()
    page.thaw()
    await answerAll(REFUSED)
    world.fate = () => OK
    await world.pass(400_000)
    expect(received()).toEqual(names('a', 50).sort())
    expect(await world.batchesOnDisk()).toEqual([])
  })
})

describe('on a server that is well, what was in flight', () => {
  it.each([1_500, 60_000])('when the page went is not sent again; the answer comes %d ms later', async (ms) => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 10)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.leave()
    await world.settle()
    const next = world.open()
    await world.pass(ms)
    await answerAll(OK)
    record(next, 'b', 3)
    world.fate = () => OK
    void next.delivery.flush('manual')
    await world.pass(1_000)
    await settled(['a', 10], ['b', 3])
  })

  it('is sent once more as a probe when nobody else says how the server is, and decides the rest', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    for (const prefix of ['a', 'b', 'c']) {
      const page = world.open()
      record(page, prefix, 5)
      await world.pass(100)
      void page.delivery.flush('manual')
      await world.settle()
      page.leave()
      await world.settle()
    }
    await answerAll(OK)
    const last = world.open()
    await world.pass(61_000)
    expect(world.pending).toHaveLength(0)
    // It waits for the interval of counts: a probe is of one kind.
    last.count('counted')
    await world.pass(5_000)
    expect(world.pending).toHaveLength(1)
    await answerAll(OK)
    await world.pass(1_000)
    // One of the three batches was doubled, and the other two were not.
    expect(received()).toHaveLength(20)
    expect(last.deliveries).toMatchObject([{ reason: 'interval', outcome: 'sent', count: 5 }])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it.each([
    ['a day', 86_400_000 - 10_000, 0],
    ['more than a day', 86_400_000, 1],
  ])('is not waited for any longer after %s', async (_, later, probes) => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 5)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.leave()
    await world.settle()
    await answerAll(OK)
    await world.pass(later)
    world.open()
    // It is adopted some seconds after the page began; a probe comes a minute later otherwise.
    await world.pass(5_000)
    expect(world.pending).toHaveLength(probes)
  })

  it('is no concern of a page that ended', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 5)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.leave()
    await world.settle()
    await answerAll(OK)
    const next = world.open()
    await world.pass(10_000)
    await next.delivery.destroy()
    const posts = world.posts.length
    await world.pass(120_000)
    expect(world.posts).toHaveLength(posts)
  })
})

describe('a post that ends without an answer between beforeunload and pagehide', () => {
  it.each([
    ['firefox', 'went nowhere, and goes by a beacon', 1],
    ['chromium', 'is on its way all the same', 0],
  ] as const)('in %s %s', async (engine, _, beacons) => {
    world = await createWorld({ mode: 'DEBUG', engine })
    const page = world.open()
    record(page, 'a', 10)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.stay()
    await world.pass(1)
    await answerAll({ arrives: engine === 'chromium', status: undefined })
    page.leave()
    await world.settle()
    expect(world.beacons).toHaveLength(beacons)
    const next = world.open()
    await world.pass(100)
    record(next, 'b', 1)
    world.fate = () => OK
    void next.delivery.flush('manual')
    await world.pass(1_000)
    await settled(['a', 10], ['b', 1])
  })
})

describe('destroy()', () => {
  it('leaves no timer where what a dead page left is about to be taken over', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const dead = world.open()
    record(dead, 'a', 5)
    await world.pass(100)
    dead.leave()
    await world.settle()
    world.fate = () => OK
    const page = world.open()
    await world.pass(1_200)
    const left = world.timersOf(page)
    await page.delivery.destroy()
    expect([left > 0, world.timersOf(page)]).toEqual([true, 0])
    await settled(['a', 5])
  })

  const moments = ['before', 'at', 'after'] as const
  const events = ['stay', 'hide', 'freeze', 'leave', 'close'] as const
  it.each(moments.flatMap((moment) => events.map((event) => [moment, event] as const)))(
    '%s the page event %s: each once',
    async (moment, event) => {
      world = await createWorld({ mode: 'DEBUG' })
      const page = world.open()
      record(page, 'a', 50)
      await world.pass(100)
      let destroyed: Promise<void> | undefined
      if (moment !== 'after') destroyed = page.delivery.destroy()
      if (moment === 'before') await world.settle()
      page[event]()
      if (moment === 'after') destroyed = page.delivery.destroy()
      await world.settle()
      await answerAll(OK)
      await world.pass(6_000)
      if (event === 'stay' || event === 'hide') await destroyed
      const next = world.open()
      record(next, 'b', 1)
      world.fate = () => OK
      void next.delivery.flush('manual')
      await world.pass(1_000)
      await settled(['a', 50], ['b', 1])
    },
  )

  it('posts also while the page may be about to go, and tells why', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    world.acceptsBeacon = () => false
    const page = world.open()
    await world.pass(1_000)
    page.stay()
    record(page, 'a', 10)
    await page.delivery.destroy()
    expect(page.deliveries).toMatchObject([{ reason: 'destroy', outcome: 'sent', count: 10 }])
  })

  it('leaves no timer: it alone would keep a script of Node alive', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    page.count('a')
    await world.pass(10)
    await page.delivery.destroy()
    expect(world.timersOf(page)).toBe(0)
  })

  it('resolves after the time-out at the latest, and the next page sends what was not answered', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 10)
    await world.pass(100)
    let isOver = false
    void page.delivery.destroy().then(() => (isOver = true))
    await world.pass(5_400)
    expect(isOver).toBe(false)
    page.impression('late')
    await world.pass(200)
    expect(isOver).toBe(true)
    page.impression('later')
    world.pending.splice(0)
    await settled(['a', 10])
  })

  it('waits until its posts have met their deadline: what was not answered by then is kept, whatever arrives later', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 10)
    await world.pass(100)
    const destroyed = page.delivery.destroy()
    await world.pass(5_001)
    await answerAll({ arrives: false, status: undefined })
    await destroyed
    const next = world.open()
    world.fate = () => OK
    await world.pass(500)
    record(next, 'b', 1)
    await next.delivery.flush('manual')
    await settled(['a', 10], ['b', 1])
  })
})

describe('a flush', () => {
  it.each([true, false])(
    'sends what waited as it began, and not what is recorded as it goes on (stored: %s)',
    async (hasDatabase) => {
      world = await createWorld({ mode: 'DEBUG', hasDatabase })
      const page = world.open()
      await world.pass(1_000)
      record(page, 'a', 3)
      void page.delivery.flush('manual')
      for (let n = 0; n < 5; n++) {
        await world.pass(50)
        page.impression(`more-${n}`)
        await answerAll(OK)
      }
      expect([received(), world.posts.length]).toEqual([names('a', 3), 1])
      world.fate = () => OK
      await world.pass(301_000)
      expect([received(), world.posts.length]).toEqual([[...names('a', 3), ...names('more', 5)], 2])
    },
  )
})

describe('answers', () => {
  it.each([401, 403, 404])('%d: kept with a long pause, which other pages keep as well', async (status) => {
    world = await createWorld({ mode: 'DEBUG', fate: () => ({ arrives: false, status }) })
    for (let n = 0; n < 10; n++) {
      const page = world.open()
      page.impression(`flag-${n}`)
      await world.pass(5_000)
      void page.delivery.flush('full')
      await world.pass(500)
      page.leave()
      await world.settle()
    }
    expect(world.posts).toHaveLength(1)
    expect(world.beacons).toHaveLength(0)
    await world.pass(1_000_000)
    await settled(['flag', 10])
  })

  it.each([200, 503])('%d: is on disk at once, for the pages that come', async (status) => {
    world = await createWorld({ mode: 'DEBUG', fate: () => ({ arrives: status === 200, status }) })
    const page = world.open()
    record(page, 'a', 1)
    await page.delivery.flush('manual')
    await world.settle()
    page.crash()
    const outcomes = (await world.disk()).flatMap(({ key, value }) => (key[0] === 'endpoint' ? [value] : []))
    expect(outcomes).toMatchObject([{ outcomes: [[world.now(), status === 200 ? 1 : 0]] }])
  })

  it('a redirect is no delivery: kept, with one line that says what to set', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => ({ arrives: false, status: 0, type: 'opaqueredirect' }) })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    await page.delivery.flush('manual')
    expect(page.logged).toHaveLength(1)
    expect(page.logged[0]).toContain('set `urls`')
    page.leave()
    await world.pass(1_000_000)
    await settled(['a', 5])
  })

  it('a redirect that comes back after a delivery is said again', async () => {
    const redirect: Fate = { arrives: false, status: 0, type: 'opaqueredirect' }
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    for (const fate of [redirect, redirect, OK, redirect]) {
      world.fate = () => fate
      record(page, 'a', 1)
      await page.delivery.flush('manual')
    }
    expect(page.logged.filter((line) => line.includes('redirects posts'))).toHaveLength(2)
    world.fate = () => OK
  })

  it('of a server that takes nothing: the oldest is dropped beyond the limits, which is told', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED, limits: { maxItems: 8 } })
    const page = world.open()
    record(page, 'a', 8)
    await page.delivery.flush('manual')
    expect(page.delivery.dropped()).toBe(0)
    record(page, 'b', 1)
    expect(page.delivery.dropped()).toBe(1)
    await world.settle()
    expect(page.deliveries.slice(-1)).toMatchObject([
      { kind: 'impressions', count: 1, items: [{ f: 'a-0' }], reason: 'full', transport: 'disk', outcome: 'dropped' },
    ])
  })

  it('to what is posted as soon as much waits, and again when as much was added', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK, limits: { flushBytes: 1_150 } })
    const page = world.open()
    await world.pass(1_000)
    for (const prefix of ['a', 'b']) {
      // Each of them counts for 113 bytes, the last one for 133.
      record(page, prefix, 9)
      await world.pass(1_000)
      expect(received()).not.toContain(`${prefix}-0`)
      page.impression(`${prefix}-last`, 17)
      await world.pass(1_000)
      expect(received()).toContain(`${prefix}-last`)
    }
    expect(new Set(page.deliveries.map(({ reason }) => reason))).toEqual(new Set(['full']))
  })

  it('400: once more, then dropped with one line', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => ({ arrives: false, status: 400 }) })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    expect(world.posts).toHaveLength(2)
    expect(page.deliveries.map(({ outcome }) => outcome)).toEqual(['kept', 'dropped'])
    expect(page.logged).toHaveLength(1)
    await settled()
  })
})

describe('counts that the service does not take, while the page goes on counting,', () => {
  it.each([
    [405, 'once more, then dropped with one line', ['kept', 'dropped']],
    [413, 'in halves, each of which is dropped when it has one item', ['dropped', 'dropped']],
  ])('%i: %s', async (status, _what, outcomes) => {
    world = await createWorld()
    const page = world.open()
    await world.pass(100)
    const count = () => ['a', 'b'].forEach((name) => page.count(name))
    count()
    let isFlushed = false
    void page.delivery.flush('manual').then(() => (isFlushed = true))
    for (let ms = 0; ms < 10_000; ms += 50) {
      for (let n = 0; n < 5; n++) {
        count()
        await world.pass(10)
      }
      await answerAll({ arrives: false, status })
    }
    expect(isFlushed).toBe(true)
    expect(page.deliveries.map(({ outcome }) => outcome)).toEqual(outcomes)
    expect(page.logged).toHaveLength(1)
  })
})

describe('any status from 300 to 599', () => {
  it.each(['before', 'after'])(
    '%s the first success: what comes later arrives, and nothing is lost but what is invalid',
    async (when) => {
      world = await createWorld({ mode: 'DEBUG' })
      for (let status = 300; status < 600; status++) {
        const page = world.open({ isStored: false })
        await world.pass(0)
        world.fate = () => OK
        if (when === 'after') {
          page.impression(`first-${status}`)
          await page.delivery.flush('manual')
        }
        world.fate = () => ({ arrives: false, status })
        page.impression(`during-${status}`)
        await page.delivery.flush('manual')
        const isInvalid = status >= 400 && status < 500 && ![401, 403, 404, 408, 429].includes(status)
        const isRefused = status === 401 || status === 403 || status === 404
        const refused = {
          resource: 'impressions',
          status,
          since: world.now(),
          nextAttempt: expect.any(Number) as number,
        }
        expect([status, page.delivery.refused()]).toEqual([status, isRefused ? [refused] : []])
        for (const { nextAttempt } of page.delivery.refused())
          expect(nextAttempt - world.now()).toBeGreaterThan(899_999)
        world.fate = () => OK
        page.impression(`later-${status}`)
        world.received.length = 0
        await world.pass(3_600_000)
        expect([status, ...received()]).toEqual([status, ...(isInvalid ? [] : [`during-${status}`]), `later-${status}`])
        expect([status, page.delivery.refused()]).toEqual([status, []])
        page.crash()
      }
    },
  )
})

describe('a page that is seen, or has a network, again', () => {
  it('posts at once what it could not', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    world.isOnline = false
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    world.isOnline = true
    page.show()
    await world.settle()
    expect(received()).toEqual(names('a', 5))
  })

  it('looks for what dead pages left; not as it is hidden', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const [page, gone] = [world.open(), world.open()] as [TestPage, TestPage]
    // It looked after 1, 3, 7, 15 and 31 s.
    await world.pass(32_000)
    record(gone, 'a', 5)
    await world.pass(1_000)
    gone.crash()
    page.hide()
    await world.pass(10_000)
    expect(received()).toEqual([])
    page.show()
    await world.pass(5_000)
    expect(received()).toEqual(names('a', 5))
    expect(page.deliveries).toMatchObject([{ reason: 'interval' }])
  })

  it('takes over what dead pages left while it is hidden only once a visible one had a minute to do so', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const gone = world.open()
    record(gone, 'a', 5)
    await world.pass(100)
    gone.crash()
    const page = world.open()
    page.isVisible = false
    await world.pass(60_000)
    expect(received()).toEqual([])
    await world.pass(5_000)
    expect(received()).toEqual(names('a', 5))
  })

  it.each([false, true])(
    'deletes what it handed over soon after it was hidden (notes refused: %s)',
    async (notesFail) => {
      world = await createWorld({ mode: 'DEBUG', fate: () => OK })
      world.notesFail = notesFail
      const page = world.open()
      record(page, 'a', 5)
      await world.pass(1_000)
      page.hide()
      expect(await world.batchesOnDisk()).toHaveLength(1)
      await world.pass(1_000)
      expect([await world.batchesOnDisk(), world.notes()]).toEqual([[], []])
      page.crash()
      await settled(['a', 5])
    },
  )

  it('posts what dead pages left in as few posts as possible', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const gone = world.open()
    world.isOnline = false
    record(gone, 'a', 560)
    await world.pass(1_000)
    gone.crash()
    world.isOnline = true
    world.open()
    await world.pass(10_000)
    expect(received()).toHaveLength(560)
    expect(world.posts).toHaveLength(1)
  })
})

describe('many tabs', () => {
  it.each([1, 8, 12, 30])('%d closed at once: each once', async (count) => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const tabs = Array.from({ length: count }, () => world.open())
    for (const [n, tab] of tabs.entries()) record(tab, `tab${n}`, 20)
    for (const tab of tabs) await tab.delivery.flush('manual')
    await world.pass(1_000)
    for (const tab of tabs) tab.close()
    await world.pass(400_000)
    await settled(...tabs.map((_, n): [string, number] => [`tab${n}`, 20]))
  })

  it('the limits cost nothing of what was never tried', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED, limits: { maxItems: 500 } })
    for (let n = 0; n < 6; n++) {
      const tab = world.open()
      record(tab, `tab${n}`, 450)
      await world.pass(1_000)
      world.isOnline = false
      tab.leave()
      await world.settle()
      world.isOnline = true
    }
    await world.pass(400_000)
    await settled(...names('tab', 6).map((name): [string, number] => [name.replace('-', ''), 450]))
  })

  const waits = [0, 500, 1_900, 2_100, 5_000, 9_000, 11_000, 15_000]
  it.each(waits.flatMap((first) => waits.map((second) => [first, second] as const)))(
    'one whose navigation was cancelled while others adopt: each once; the others look after %d and another %d ms',
    async (first, second) => {
      world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
      const [a, b, c] = [world.open(), world.open(), world.open()] as [TestPage, TestPage, TestPage]
      record(a, 'a', 30)
      await a.delivery.flush('manual')
      await world.pass(1_000)
      record(a, 'b', 30)
      a.stay()
      record(a, 'c', 30)
      await world.pass(first)
      b.hide()
      b.show()
      await world.pass(second)
      c.hide()
      c.show()
      world.fate = () => OK
      await world.pass(400_000)
      expect(received()).toEqual(['a', 'b', 'c'].flatMap((prefix) => names(prefix, 30)).sort())
    },
  )
})

describe('a page that is prerendered', () => {
  it('posts nothing by hand either, nor as it ends', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open({ isPrerendering: true })
    record(page, 'a', 10)
    await page.delivery.flush('manual')
    await page.delivery.destroy()
    expect(world.posts).toEqual([])
  })

  it('and never shown, stores and sends nothing', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open({ isPrerendering: true })
    record(page, 'a', 10)
    await world.pass(400_000)
    page.leave()
    await world.pass(1_000)
    expect(await world.disk()).toEqual([])
    await settled()
  })

  it('sends once it is shown, with the times of the decisions', async () => {
    world = await createWorld({ fate: () => OK })
    const other = world.open()
    const page = world.open({ isPrerendering: true })
    record(page, 'a', 10)
    const decidedAt = world.now()
    await world.pass(3_000)
    record(other, 'a', 10)
    await other.delivery.flush('manual')
    page.activate()
    await world.pass(1_000)
    await page.delivery.flush('manual')
    expect(received()).toEqual(names('a', 10).sort())
    expect(world.received.every(({ item }) => item.m === decidedAt + 3_000)).toBe(true)
    // What the other page recorded meanwhile is the first; these are repetitions.
    page.leave()
    await world.settle()
    expect([...world.counted.values()]).toEqual(Array(10).fill(1))
  })
})

describe('a clock', () => {
  it('that is set back a day after a failed post does not delay the next one', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    world.jump(-DAY)
    world.fate = () => OK
    await world.pass(10_000)
    expect(received()).toHaveLength(5)
  })

  it('that is set back while a post is in flight leaves no doubt that the next answer does not settle', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 10)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.pass(100)
    const [post] = world.pending
    world.jump(-86_400_000)
    page.leave()
    await world.settle()
    post?.answer(OK)
    world.fate = () => OK
    const next = world.open()
    await world.pass(1_000)
    record(next, 'b', 1)
    await next.delivery.flush('manual')
    await settled(['a', 10], ['b', 1])
  })

  it('that was 400 days slow and is set right costs nothing of this session', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    world.jump(400 * DAY)
    world.fate = () => OK
    await world.pass(400_000)
    expect(received()).toHaveLength(5)
  })

  it('that was a day fast when an endpoint failed holds nobody up for more than an hour', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => ({ arrives: false, status: 429, retryAfterMs: 3_600_000 }) })
    world.jump(DAY)
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    page.leave()
    await world.settle()
    world.jump(-DAY)
    world.fate = () => OK
    world.open()
    await world.pass(3_700_000)
    expect(received()).toHaveLength(5)
  })
})

describe('storage and locks', () => {
  it('locks that never answer: from memory, with one line', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    world.hangsLock = () => true
    const page = world.open()
    record(page, 'a', 5)
    void page.delivery.flush('manual')
    await world.pass(1_900)
    expect(received()).toEqual([])
    await world.pass(200)
    void page.delivery.flush('manual')
    await world.settle()
    expect(received()).toHaveLength(5)
    expect(page.logged).toEqual(['pennon: the browser does not answer for a lock: impressions wait in memory alone'])
    expect(await world.disk()).toEqual([])
  })

  it('neither locks that answer nor a database that works: the line of the database is enough', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    Object.assign(world, { hangsLock: () => true, storageFails: true })
    const page = world.open()
    await world.pass(3_000)
    expect(page.logged).toEqual(['pennon: Error: storage failed'])
  })

  it('neither locks nor a database that works: posts go from memory, until the end', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK, hasLocks: false })
    world.storageFails = true
    const page = world.open({ consent: 'unknown' })
    record(page, 'a', 5)
    page.setConsent('granted')
    await world.pass(31_000)
    expect(received()).toEqual(names('a', 5))
    page.show()
    record(page, 'b', 5)
    await page.delivery.destroy()
    expect(received()).toEqual([...names('a', 5), ...names('b', 5)])
  })

  it('no locks: nothing is stored, and one line says so', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED, hasLocks: false })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    page.hide()
    await world.pass(1_000)
    expect(await world.disk()).toEqual([])
    expect(world.notes()).toHaveLength(0)
    expect(page.logged.filter((line) => line.includes('Web Locks'))).toHaveLength(1)
  })

  it('a page that stores nothing deletes what an earlier version of it left', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    await world.pass(1_000)
    record(page, 'b', 5)
    page.leave()
    await world.settle()
    expect(world.notes()).toHaveLength(1)
    // The browser does not tell which databases there are.
    world.databaseNames = async () => undefined
    world.open({ isStored: false })
    await world.pass(2_000)
    expect(await world.disk()).toEqual([])
    expect(world.notes()).toHaveLength(0)
  })

  it('a page that stores nothing opens no database where there is none', async () => {
    world = await createWorld()
    world.databaseNames = async () => []
    world.open({ isStored: false })
    await world.pass(2_000)
    expect(world.opened).toEqual([])
  })

  it('what 0.1.0 left in its own database is sent', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    vi.stubGlobal('indexedDB', new IDBFactory())
    const open = (database: string) => createKeyValue({ database, onFault: (why) => expect.unreachable(why) })
    const items = names('a', 5).map((f) => ({ f, k: 'user', t: 'on', m: world.now(), c: 1, r: 'rule' }))
    const batch = { kind: 'impressions', mode: 'DEBUG', at: world.now(), bytes: 500, items }
    await open('pennon-outbox')?.transact('readwrite', (store) => store.put(batch, ['batch', 'scope', 'p', 0]))
    Object.assign(world, { openOther: open, databaseNames: async () => ['pennon-outbox'] })
    world.open()
    await world.pass(1_000)
    await expect.poll(world.flagsOnDisk).toEqual(names('a', 5))
    await world.pass(10_000)
    expect(received()).toEqual(names('a', 5))
  })

  it('a post that Firefox gives up while the user stays goes once, though its batch lies on disk under a life that ended', async () => {
    world = await createWorld({ mode: 'DEBUG', engine: 'firefox' })
    const page = world.open()
    await world.settle()
    page.impression('flag')
    void page.delivery.flush('manual')
    await world.settle()
    page.stay()
    world.pending[0]?.answer({ arrives: false, status: undefined })
    // The page has a lock again, stores the batch under its new life, and takes over what the old one left.
    await world.pass(30_000)
    world.fate = () => OK
    await page.delivery.flush('manual')
    world.open()
    await world.pass(200_000)
    expect(world.received.map(({ flag }) => flag)).toEqual(['flag'])
  })

  it('a post that is too big for the server, which says so while the user stays, goes in halves', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.settle()
    record(page, 'a', 5)
    void page.delivery.flush('manual')
    await world.settle()
    page.stay()
    await world.pass(100)
    world.pending[0]?.answer({ arrives: false, status: 413 })
    world.fate = ({ body }) => (body.includes('a-0') && body.includes('a-4') ? { arrives: false, status: 413 } : OK)
    // What the server takes next says nothing about it.
    record(page, 'b', 1)
    await page.delivery.flush('manual')
    await world.pass(30_000)
    await settled(['a', 5], ['b', 1])
  })

  it('neither notes nor a database: a page that is not left after all keeps what it has', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(1_000)
    Object.assign(world, { storageFails: true, notesFail: true, acceptsBeacon: () => false })
    record(page, 'a', 5)
    page.stay()
    await world.settle()
    Object.assign(world, { storageFails: false, notesFail: false, fate: () => OK })
    await world.pass(20_000)
    await page.delivery.flush('manual')
    await settled(['a', 5])
  })

  it('a browser that never tells its databases: what dead pages left is sent all the same', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    world.databaseNames = () => new Promise(() => undefined)
    const page = world.open()
    record(page, 'a', 5)
    await world.pass(1_500)
    page.crash()
    await settled(['a', 5])
  })

  it('a lock that is never answered: what other dead pages left is sent all the same', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const pages = [world.open(), world.open()] as const
    pages.forEach((page, n) => record(page, `p${n}`, 5))
    await world.pass(1_500)
    for (const page of pages) page.crash()
    const [first] = (await world.batchesOnDisk()).map(({ key }) => key[2] as string)
    world.hangsLock = (name) => name.endsWith(`:${first}`)
    world.open()
    await world.pass(60_000)
    expect(received()).toHaveLength(5)
    world.hangsLock = () => false
    await settled(['p0', 5], ['p1', 5])
  })

  it('a database that failed for a moment: half a minute later what waits is on disk, and what dead pages left goes', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const [gone, page] = [world.open(), world.open()] as [TestPage, TestPage]
    record(gone, 'a', 5)
    await gone.delivery.flush('manual')
    await world.pass(2_000)
    world.storageFails = true
    record(page, 'b', 5)
    await world.pass(100)
    world.storageFails = false
    gone.crash()
    await world.pass(29_000)
    expect(await world.flagsOnDisk()).toEqual(names('a', 5))
    await world.pass(1_500)
    expect((await world.flagsOnDisk()).sort()).toEqual([...names('a', 5), ...names('b', 5)])
    world.fate = () => OK
    await world.pass(5_000)
    expect(received()).toEqual([...names('a', 5), ...names('b', 5)])
  })

  it('notes that nobody takes: a page that is left puts what they would say into the database', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    await world.pass(100)
    record(page, 'a', 2_000)
    world.notesFail = true
    page.leave()
    await world.settle()
    world.notesFail = false
    await settled(['a', 2_000])
  })
})

describe('where no database can be used, what a page left in its note', () => {
  /** A page that is left while the service refuses and no database works. Then the service is well. */
  const leaveNote = async (mode: 'DEBUG' | 'OPTIMIZED' = 'DEBUG', hasDatabase = true) => {
    world = await createWorld({ mode, fate: () => REFUSED, hasDatabase })
    world.storageFails = true
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    record(page, 'b', 5)
    page.leave()
    await world.settle()
    expect([world.notes().length, received()]).toEqual([1, []])
    world.fate = () => OK
  }
  const ten = [...names('a', 5), ...names('b', 5)]

  it.each([true, false])(
    'is sent by the next one, once, though another tab looks as well (there is one: %s)',
    async (is) => {
      await leaveNote('DEBUG', is)
      world.open()
      world.open()
      await world.pass(60_000)
      expect([received(), world.notes()]).toEqual([ten, []])
      world.storageFails = false
      await settled(['a', 5], ['b', 5])
    },
  )

  it.each(['crash', 'leave'] as const)('stays there until it is sent: a next page in between may %s', async (how) => {
    await leaveNote()
    world.fate = () => REFUSED
    const between = world.open()
    await world.pass(60_000)
    record(between, 'c', how === 'crash' ? 0 : 5)
    between[how]()
    await world.settle()
    expect(received()).toEqual([])
    world.fate = () => OK
    world.open()
    await world.pass(60_000)
    expect([received(), world.notes()]).toEqual([how === 'crash' ? ten : [...ten, ...names('c', 5)], []])
  })

  it('is stored once a database can be used, and sent once', async () => {
    await leaveNote()
    world.fate = () => REFUSED
    world.open()
    await world.pass(20_000)
    world.storageFails = false
    await world.pass(60_000)
    expect([(await world.flagsOnDisk()).sort(), world.notes()]).toEqual([ten, []])
    // The pause after refusals is drawn by lot, and up to five minutes long.
    world.fate = () => OK
    await world.pass(400_000)
    await settled(['a', 5], ['b', 5])
  })

  it('is no repetition of itself; what this page records of the same hour is counted', async () => {
    await leaveNote('OPTIMIZED')
    const page = world.open()
    await world.pass(10_000)
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    page.leave()
    await world.settle()
    expect(received()).toEqual(ten)
    expect([...world.counted.values()]).toEqual(Array(5).fill(1))
  })

  it.each([OK, REFUSED])('and what it had on its way: the answers of its endpoint decide (%o)', async (before) => {
    world = await createWorld({ mode: 'DEBUG', fate: () => before })
    world.storageFails = true
    const page = world.open()
    record(page, 'first', 1)
    await page.delivery.flush('manual')
    await world.pass(1)
    world.fate = undefined
    record(page, 'a', 5)
    void page.delivery.flush('manual')
    await world.pass(1)
    expect(world.pending).toHaveLength(1)
    page.leave()
    await world.settle()
    // Nobody is there who would hear of it.
    world.pending[0]?.answer(before)
    world.fate = () => OK
    const next = world.open()
    await world.pass(10_000)
    record(next, 'last', 1)
    await next.delivery.flush('manual')
    await world.pass(60_000)
    expect([received(), world.notes()]).toEqual([[...names('a', 5), 'first-0', 'last-0'], []])
  })

  it('waits for one where what it tells of lies in a database: nobody could delete it there', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    record(page, 'a', 5)
    await world.pass(1_000)
    page.leave()
    await world.settle()
    world.storageFails = true
    world.open()
    await world.pass(60_000)
    expect([world.notes().length, received()]).toEqual([1, names('a', 5)])
    world.storageFails = false
    await settled(['a', 5])
  })
})

it('labels that an earlier page left, on disk and in its note, stay home under a page that sends none', async () => {
  world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
  const page = world.open()
  record(page, 'a', 5)
  await page.delivery.flush('manual')
  record(page, 'b', 5)
  page.leave()
  await world.settle()
  expect([world.posts.splice(0).length, world.notes().join().includes('rule')]).toEqual([1, true])
  world.fate = () => OK
  world.open({ labelsEnabled: false })
  await world.pass(200_000)
  expect(received()).toEqual([...names('a', 5), ...names('b', 5)].sort())
  expect(world.posts.map(({ body }) => body).join()).not.toContain('rule')
})

describe('a page that lives on after a note', () => {
  it('posts what no note took once the database has it, and is not busy until then', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    await world.pass(1_000)
    world.acceptsBeacon = () => false
    world.notesFail = true
    record(page, 'a', 5)
    page.hide()
    await page.delivery.flush('manual')
    expect(received()).toEqual(names('a', 5))
    world.notesFail = false
    await settled(['a', 5])
  })

  it('keeps it until all that it holds is on disk', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(1_000)
    world.acceptsBeacon = () => false
    record(page, 'a', 4_000)
    page.hide()
    // It takes several transactions.
    while (!world.everStored.has('a-0')) await new Promise((resolve) => setImmediate(resolve))
    page.crash()
    expect((await world.flagsOnDisk()).length).toBeLessThan(4_000)
    await settled(['a', 4_000])
  })

  it('posts while it is hidden, and is discarded: each once', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    record(page, 'a', 10)
    await page.delivery.flush('manual')
    record(page, 'b', 10)
    page.hide()
    expect(world.notes()).toHaveLength(1)
    world.fate = () => OK
    await world.pass(400_000)
    expect(received()).toHaveLength(20)
    page.crash()
    await settled(['a', 10], ['b', 10])
  })

  it('posts also where the store fails: it writes the note anew each time', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    await world.pass(100)
    record(page, 'a', 10)
    await page.delivery.flush('manual')
    world.storageFails = true
    record(page, 'b', 10)
    page.hide()
    world.fate = () => OK
    await world.pass(400_000)
    expect(new Set(received()).size).toBe(20)
    expect(world.notes().join()).not.toContain('b-1')
  })
})

describe('a policy of the page that blocks our URL', () => {
  it.each(['DEBUG', 'OPTIMIZED'] as const)(
    'heard in time: what the beacon carried goes with the next page, and one line says what to add (%s)',
    async (mode) => {
      world = await createWorld({ mode, fate: () => OK })
      const page = world.open()
      record(page, 'a', 5)
      await world.pass(100)
      page.stay()
      // The browser took the beacon, and it went nowhere.
      world.received.splice(0)
      page.block('https://e/testImpressions/beacon')
      page.leave()
      await world.settle()
      expect(received()).toEqual([])
      expect(page.logged).toHaveLength(1)
      expect(page.logged[0]).toContain('connect-src')
      await settled(['a', 5])
    },
  )

  it('what a beacon carried before the page knew what others sent is posted by the same page', async () => {
    world = await createWorld({ fate: () => OK })
    world.open().impression('flag-of-this-hour')
    await world.pass(1_000)
    const page = world.open()
    page.delivery.add('events', { eventTypeId: 'bought' }, 100)
    // It has its lock by then, and has not read what others stored.
    for (let n = 0; n < 5; n++) await Promise.resolve()
    page.hide()
    expect(world.beacons).toHaveLength(1)
    page.block('https://e/events/beacon')
    await page.delivery.flush('manual')
    await world.pass(1_000)
    expect(world.posts.filter(({ url }) => url.includes('events'))).toHaveLength(1)
  })
})

describe('consent', () => {
  it('granted: what was held goes within seconds', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open({ consent: 'unknown' })
    record(page, 'a', 5)
    await world.pass(5_000)
    expect(await world.disk()).toEqual([])
    page.hide()
    expect(world.notes()).toHaveLength(0)
    page.show()
    page.setConsent('granted')
    await world.pass(2_000)
    expect(received()).toHaveLength(5)
    expect(page.deliveries).toMatchObject([{ reason: 'interval' }])
  })

  it('declined and granted again before other tabs have heard of it: they decline, and the grant stands', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const [page, other] = [world.open(), world.open()] as [TestPage, TestPage]
    await world.pass(1_000)
    page.setConsent('declined')
    page.setConsent('granted')
    await expect.poll(() => other.consent).toBe('declined')
    // What the other tab said of it would come by now.
    await world.say('something else')
    expect(page.consent).toBe('granted')
  })

  it('declined where there are no other pages to speak to: forgotten all the same', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED, hasBroadcast: false })
    const page = world.open()
    record(page, 'a', 5)
    await page.delivery.flush('manual')
    await world.pass(1_000)
    page.setConsent('declined')
    await world.pass(1_000)
    expect(await world.disk()).toEqual([])
    await page.delivery.destroy()
  })

  it('declined on a page of another version: nothing else that it may say is a decline', async () => {
    world = await createWorld()
    const [page, ended] = [world.open(), world.open()] as [TestPage, TestPage]
    await ended.delivery.destroy()
    await world.say('something')
    expect(page.consent).toBe('granted')
    await world.say('declined')
    expect([page.consent, ended.consent]).toEqual(['declined', 'granted'])
  })

  it('declined in a browser without databases: there is nothing to say', async () => {
    world = await createWorld({ hasDatabase: false })
    const page = world.open()
    page.setConsent('declined')
    await world.settle()
    expect(page.logged).toEqual([])
  })

  it.each([
    ['one line says so', false, ['pennon: Error: storage failed']],
    ['a page that has ended says nothing', true, []],
  ])('declined where the database fails: %s', async (_, hasEnded, lines) => {
    world = await createWorld()
    const page = world.open()
    await world.pass(1_000)
    world.storageFails = true
    if (hasEnded) await page.delivery.destroy()
    page.setConsent('declined')
    await world.settle()
    expect(page.logged).toEqual(lines)
  })

  it.each([
    ['forgotten once it works again', 'declined', []],
    ['kept where the user has consented again before', 'granted', ['a']],
  ] as const)('declined while the database fails: what is on disk is %s', async (_, later, left) => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    page.impression('a')
    await world.pass(5_000)
    world.storageFails = true
    page.setConsent('declined')
    await world.pass(200_000)
    page.setConsent(later)
    world.storageFails = false
    await world.pass(100_000)
    expect(await world.flagsOnDisk()).toEqual(left)
    expect(page.logged.filter((line) => line.includes('storage failed'))).toHaveLength(1)
  })

  it('declined: forgotten in memory, on disk, in notes, and in every open tab', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const [one, other] = [world.open(), world.open()] as [TestPage, TestPage]
    record(one, 'a', 5)
    record(other, 'b', 5)
    const gone = world.open()
    record(gone, 'c', 5)
    world.acceptsBeacon = () => false
    gone.leave()
    expect(world.notes()).toHaveLength(1)
    await world.settle()
    await world.pass(500)
    one.setConsent('declined')
    await world.pass(500)
    await expect.poll(() => other.consent).toBe('declined')
    world.fate = () => OK
    await world.pass(400_000)
    expect(await world.disk()).toEqual([])
    await settled()
  })
})

describe('pages of one hour', () => {
  it('one that is left before it knows what others sent notes what it recorded, and the next one sifts it', async () => {
    world = await createWorld({ fate: () => OK })
    for (let n = 0; n < 5; n++) {
      const page = world.open()
      record(page, 'a', 20)
      page.leave()
      await world.settle()
    }
    expect(world.beacons).toHaveLength(1)
    const last = world.open()
    await world.pass(5_000)
    last.leave()
    await world.settle()
    await settled(['a', 20])
    expect([...world.counted.values()]).toEqual(Array(20).fill(4))
  })

  it('one that is left once it knows hands over at once what is new', async () => {
    world = await createWorld({ fate: () => OK })
    const first = world.open()
    record(first, 'a', 20)
    first.leave()
    await world.settle()
    const second = world.open()
    await world.settle()
    record(second, 'a', 21)
    second.leave()
    expect(received()).toEqual(names('a', 21).sort())
    await world.settle()
    expect(second.deliveries[0]).toMatchObject({
      kind: 'impressions',
      count: 20,
      reason: 'interval',
      transport: 'disk',
      outcome: 'deduplicated',
    })
    await settled(['a', 21])
  })

  it('one that is left tells of repetitions once its beacons have gone', async () => {
    world = await createWorld({ fate: () => OK })
    const first = world.open()
    record(first, 'a', 20)
    first.leave()
    await world.settle()
    const second = world.open()
    await world.settle()
    const heard: unknown[] = []
    vi.spyOn(second.deliveries, 'push').mockImplementation((told) => heard.push([told?.outcome, received().length]))
    record(second, 'a', 21)
    second.leave()
    await world.settle()
    expect(heard).toContainEqual(['deduplicated', 21])
  })

  it.each([0, 1, 100])(
    'one that has written ahead after %d ms does not send what the note of the last one calls sent',
    async (ms) => {
      world = await createWorld({ fate: () => OK })
      for (let n = 0; n < 4; n++) {
        const page = world.open()
        await world.settle()
        record(page, 'a', 20)
        await world.pass(ms)
        page.leave()
        await world.settle()
      }
      expect(received()).toEqual(names('a', 20).sort())
      await settled(['a', 20])
      expect([...world.counted.values()]).toEqual(Array(20).fill(3))
    },
  )

  it('one without a store that answers hands over as if it were the first', async () => {
    world = await createWorld({ fate: () => OK })
    const first = world.open()
    record(first, 'a', 1)
    first.leave()
    await world.settle()
    world.storageFails = true
    const second = world.open()
    await world.settle()
    record(second, 'b', 1)
    second.leave()
    expect(received()).toEqual(['a-0', 'b-0'])
  })
})

describe('flush() right after the start', () => {
  it('waits for the lock, and then posts', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    record(page, 'a', 3)
    await page.delivery.flush('manual')
    expect(received()).toEqual(names('a', 3))
  })

  it('waits no longer than 2 s', async () => {
    world = await createWorld({ fate: () => OK })
    world.hangsLock = () => true
    const page = world.open()
    record(page, 'a', 3)
    const flushed = page.delivery.flush('manual')
    await world.pass(2_000)
    await flushed
    expect(received()).toEqual(names('a', 3))
  })
})

describe('what was found on disk, where anything may be,', () => {
  const good = () => ({
    kind: 'impressions',
    mode: 'DEBUG',
    items: [{ f: 'good', k: 'user', t: 'on', m: world.now() }],
    bytes: 100,
  })
  /** Stores records as another script of the origin may. */
  const put = async (...records: [key: IDBValidKey, value: unknown][]) => {
    const [{ name }] = (await indexedDB.databases()) as [{ name: string }]
    const store = createKeyValue({ database: name, onFault: vi.fn() })
    await store?.transact('readwrite', (to) => {
      for (const [key, value] of records) to.put(value, key)
    })
    store?.close()
  }
  const open = async (key: (at: number) => IDBValidKey, value: (at: number) => unknown, fate = OK) => {
    globalThis.indexedDB = new IDBFactory()
    world = await createWorld({ fate: () => fate })
    const at = world.now()
    await put([key(at), value(at)], [['batch', 'scope', 'dead 2', 'b', at], good()])
    return world.open()
  }
  const bad = (at: number) => ['batch', 'scope', 'dead 1', 'a', at]

  it.each([
    ['impressions', null, []],
    ['impressions', { f: 1n }, ['impressions']],
    ['counts', null, []],
    ['uniqueKeys', {}, []],
    ['events', 1n, ['events']],
  ])('costs no other item when no body can be made of it: %s with %s', async (kind, item, refused) => {
    const page = await open(bad, () => ({ ...good(), kind, items: [item] }))
    page.impression('own')
    page.count('own')
    await world.pass(10_000)
    await page.delivery.flush('manual')
    expect(received()).toEqual(['good', 'own'])
    expect([...world.counted]).toEqual([['own', 1]])
    expect(await world.batchesOnDisk()).toEqual([])
    expect(page.logged).toEqual(refused.map((what) => `pennon: ${what}: refused with status 413 and dropped`))
  })

  it.each<[kind: string, member: string]>([
    ['impressions', 'm'],
    ['impressions', 'c'],
    ['impressions', 'pt'],
    ['counts', 'm'],
    ['counts', 'rc'],
    ['events', 'timestamp'],
  ])('is no item where there is no number: %s with such a %s', async (kind, member) => {
    const item = { f: 'a', k: 'user', t: 'on', m: 5, rc: 1 }
    // A definition may have any version, and the impression has it too.
    const below = member === 'c' ? [] : [-1]
    const damaged = ['5', NaN, Infinity, 5n, {}, ...below].map((value) => ({ ...item, [member]: value }))
    const page = await open(bad, () => ({ ...good(), kind, items: [...damaged, item] }))
    await world.pass(10_000)
    await page.delivery.flush('manual')
    const bodies = world.posts.filter(({ body }) => body.includes('"a"')).map(({ body }) => body.match(/"a"/g)?.length)
    expect(bodies).toEqual([1])
    expect(received()).toEqual(kind === 'impressions' ? ['a', 'good'] : ['good'])
    expect([...world.counted]).toEqual(kind === 'counts' ? [['a', 1]] : [])
    expect(page.logged).toEqual([])
  })

  it.each([-1, -5.5, 1e300])('is an impression of a definition of version %s', async (c) => {
    const page = await open(bad, (at) => ({ ...good(), items: [{ f: 'own version', m: at, c }] }))
    await world.pass(10_000)
    await page.delivery.flush('manual')
    expect(received()).toEqual(['good', 'own version'])
  })

  it.each([
    ['counts', null],
    ['uniqueKeys', null],
    ['uniqueKeys', {}],
  ])('holds up no other of its kind while the server takes nothing: %s with %s', async (kind, item) => {
    const page = await open(bad, () => ({ ...good(), kind, items: [item] }))
    // A pause that was asked for keeps it from being tried, and the failure of another kind from being spared.
    world.fate = ({ url }) => ({ ...REFUSED, ...(!url.endsWith('/bulk') && { status: 429, retryAfterMs: 60_000 }) })
    const add = (flag: string) => {
      page.impression(flag)
      page.count(flag)
      page.delivery.add('uniqueKeys', { k: 'user', fs: [flag] }, 10)
      page.delivery.dirty('uniqueKeys')
    }
    add('first')
    await page.delivery.flush('manual')
    await world.pass(10_000)
    await page.delivery.flush('manual')
    add('second')
    await world.pass(10_000)
    expect(await world.flagsOnDisk()).toContain('second')
    add('third')
    page.leave()
    await world.settle()
    world.fate = () => OK
    world.open()
    await world.pass(400_000)
    const each = ['first', 'second', 'third']
    expect(received()).toEqual([...each, 'good'].sort())
    expect([...world.counted.keys()].sort()).toEqual(each)
    const keys = world.posts.filter(({ url }) => url.endsWith('/keys/cs')).map(({ body }) => body)
    for (const flag of each) expect(keys.slice(1).join()).toContain(`"${flag}"`)
  })

  it('does not keep a page that goes from handing over the rest, though no text can be made of it', async () => {
    const page = await open(bad, () => ({ ...good(), kind: 'events', items: [{ value: 1n }] }))
    world.fate = undefined
    page.delivery.add('events', { own: 1 }, 10)
    void page.delivery.flush('manual')
    await world.pass(10_000)
    page.delivery.add('events', { own: 2 }, 10)
    page.impression('own')
    page.leave()
    await world.settle()
    expect(received()).toContain('own')
    expect(world.beacons.map(({ body }) => body).join()).toContain('{"own":2}')
  })

  it('goes without labels where these stay at home, though one item is none', async () => {
    globalThis.indexedDB = new IDBFactory()
    world = await createWorld({ fate: () => OK })
    await put([bad(world.now()), { ...good(), items: [null, ...good().items] }])
    world.open({ labelsEnabled: false })
    await world.pass(100_000)
    expect(received()).toEqual(['good'])
  })

  it.each(['7', NaN, Infinity, 1e300, 5n, {}])('costs none of what this page recorded with %s bytes', async (bytes) => {
    const page = await open(bad, () => ({ ...good(), items: [{ f: 'odd', m: world.now() }], bytes }), REFUSED)
    await world.pass(10_000)
    record(page, 'own', 500)
    await world.pass(10_000)
    expect(page.delivery.dropped()).toBe(0)
    world.fate = () => OK
    await world.pass(1_000_000)
    expect(received()).toEqual(['good', 'odd', ...names('own', 500)].sort())
  })

  it('is halved until the server takes it, also where nothing says how big it is', async () => {
    const page = await open(bad, () => ({ ...good(), items: names('a', 8).map((f) => ({ f, m: 5 })), bytes: 0 }))
    await put([
      ['batch', 'scope', 'dead 1', 'c', world.now()],
      { ...good(), items: [{ f: 'c', m: 5 }], bytes: undefined },
    ])
    world.fate = ({ body }) => (body.length < 100 ? OK : { arrives: false, status: 413 })
    await world.pass(100_000)
    await page.delivery.flush('manual')
    expect(received()).toEqual([...names('a', 8), 'c', 'good'])
    expect(world.posts.length).toBeLessThan(40)
  })

  it.each([['text'], [Infinity], [-1], [5n], [null]])('is sent when it was posted at %s', async (doubt) => {
    const page = await open(bad, (at) => ({ ...good(), items: [{ f: 'doubtful', m: at }], doubt }))
    await world.pass(100_000)
    expect(received()).toEqual(['doubtful', 'good'])
    page.impression('own')
    await page.delivery.flush('manual')
    expect(received()).toEqual(['doubtful', 'good', 'own'])
  })

  it('costs nothing else of a note', async () => {
    world = await createWorld({ fate: () => OK })
    const at = world.now()
    const batches = [
      ['a', 'impressions', 'DEBUG', at, 100, [3e7, ['f', ['many']], ['m', [5], 0, at]]],
      ['b', 'impressions', 'DEBUG', `${at}`, 100, [1, ['f', ['no time']], ['m', [5], 0, at]]],
      ['c', 'impressions', 'DEBUG', at, '100', [1, ['f', ['good']], ['m', [5], 0, at]]],
      ['d', 'impressions', 'DEBUG', at, 100, [2, ['f', ['odd']], ['m', [5, 6], 0, `${at}`]]],
    ]
    const note = { delivered: [], doubtful: [['c', 'then']], seen: [{}], batches }
    localStorage.setItem('pennon:note:2:scope:dead', `${at} ${JSON.stringify(note)}`)
    const page = world.open()
    await world.pass(100_000)
    expect(received()).toEqual(['good'])
    page.leave()
    await world.settle()
    world.open()
    await world.pass(100_000)
    expect([received(), await world.batchesOnDisk(), world.notes()]).toEqual([['good'], [], []])
  })

  it.each([[5], [new Date(5)]])('is none of it under the key %s', async (key) => {
    await open(
      () => key,
      () => 1,
    )
    await world.pass(100_000)
    expect(received()).toEqual(['good'])
  })
})

it('a grant right after a decline: what is recorded then is stored after the deletion, and stays', async () => {
  world = await createWorld({ fate: () => REFUSED })
  const page = world.open()
  page.impression('before')
  await world.pass(3_000)
  // A browser may take long to tell its databases.
  world.databaseNames = () => new Promise(() => undefined)
  page.setConsent('declined')
  page.setConsent('granted')
  page.impression('after')
  await world.pass(2_000)
  expect(await world.flagsOnDisk()).toEqual(['after'])
})

it('a listener that records something whenever the limits cost something does not keep the page busy', async () => {
  world = await createWorld({ fate: () => REFUSED, limits: { maxItems: 3 } })
  const page = world.open()
  const heard: unknown[] = []
  vi.spyOn(page.deliveries, 'push').mockImplementation((told) => {
    if (told?.outcome === 'dropped') page.delivery.add('events', {}, 10)
    return heard.push(told)
  })
  record(page, 'a', 4)
  expect(heard).toEqual([])
  expect(page.delivery.dropped()).toBe(1)
})

it('six dead pages whose posts arrived, of which nobody heard, a day ago: one of them is sent again', async () => {
  world = await createWorld({ mode: 'DEBUG' })
  for (const prefix of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const page = world.open()
    record(page, prefix, 5)
    await world.pass(100)
    void page.delivery.flush('manual')
    await world.settle()
    page.leave()
    await world.settle()
  }
  await answerAll(OK)
  await world.pass(90_000_000)
  world.open()
  for (let ms = 0; ms < 60_000; ms += 100) {
    await world.pass(100)
    await answerAll(OK)
  }
  expect([new Set(received()).size, received().length, await world.flagsOnDisk()]).toEqual([30, 35, []])
})

it('what a dead page left is not dropped because a hidden page has no room for a post', async () => {
  world = await createWorld({ mode: 'DEBUG', limits: { maxItems: 500 } })
  world.isOnline = false
  const dead = world.open()
  for (const name of names('left', 450)) dead.impression(name, 1_000)
  await world.pass(1_000)
  dead.leave()
  await world.settle()
  world.isOnline = true
  const page = world.open()
  page.named('tool').deliver({ post: async () => ({ status: 200 }) })
  await world.pass(2_900)
  for (const name of names('own', 300)) page.impression(name, 1_000)
  await world.pass(150)
  page.named('tool').add(1)
  page.hide()
  for (let n = 0; n < 100; n++) {
    await answerAll(OK)
    await world.pass(100)
  }
  page.show()
  for (let n = 0; n < 3_000; n++) {
    await answerAll(OK)
    await world.pass(100)
  }
  expect([new Set(received()).size, page.delivery.dropped()]).toEqual([750, 0])
})

describe('what an integration adds', () => {
  it('is its own matter, also where it says later than usual how an earlier page’s items are posted', async () => {
    world = await createWorld()
    const items = [{ timestamp: '2026-01-01T00:00:00Z' }, { m: -1 }, { x: 2 }]
    const page = world.open()
    page.named('tool').deliver({ post: async () => ({ status: 503 }) })
    for (const item of items) page.named('tool').add(item)
    page.leave()
    await world.settle()
    const posted: unknown[] = []
    const next = world.open()
    await world.pass(10_000)
    next.named('tool').deliver({ post: async (given) => ({ status: posted.push(...given) && 200 }) })
    await world.pass(200_000)
    expect(posted).toEqual(items)
  })

  it('goes by beacons of one each where no body can be made of several', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.named('tool').deliver({
      beaconUrl: 'https://tool.test/x',
      post: async () => ({ status: 200 }),
      body(items) {
        if (items.length > 1) throw new Error('too many')
        return items
      },
    })
    for (const letter of 'xy') page.named('tool').add(letter.repeat(9_000))
    page.leave()
    await world.settle()
    expect(world.beacons.map(({ body }) => (JSON.parse(body) as string[]).map((item) => item[0]))).toEqual([
      ['x'],
      ['y'],
    ])
  })

  it('is no longer posted after destroy(), nor waited for', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    let isAborted = false
    page.named('tool').deliver({
      post: (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => (isAborted = true))),
    })
    page.named('tool').add(1)
    await world.pass(1_000)
    void page.delivery.destroy()
    await world.pass(7_000)
    expect([isAborted, world.timersOf(page)]).toEqual([true, 0])
  })

  it('is posted by it at its own interval, and kept by a page that goes', async () => {
    world = await createWorld()
    const [page, next] = [world.open(), world.open()] as [TestPage, TestPage]
    const posted: unknown[] = []
    for (const { named } of [page, next]) {
      named('tool').deliver({ flushMs: 3_000, post: async (items) => ({ status: posted.push(...items) && 200 }) })
    }
    page.named('tool').add({ n: 1 })
    await world.pass(2_900)
    expect(posted).toEqual([])
    await world.pass(200)
    expect(posted).toEqual([{ n: 1 }])
    page.named('tool').add({ n: 2 })
    page.leave()
    await world.pass(60_000)
    expect(posted).toEqual([{ n: 1 }, { n: 2 }])
    expect(world.posts).toEqual([])
  })

  it('goes the way that was given last, also when that is given while a post of the one before is under way', async () => {
    world = await createWorld()
    const page = world.open()
    const outbox = page.named('tool')
    const posted: unknown[] = []
    let answer: (answer: { status: number }) => void = () => expect.unreachable('nothing was posted')
    outbox.deliver({
      flushMs: 2_000,
      post: (items) => {
        posted.push(['before', ...items])
        return new Promise((resolve) => (answer = resolve))
      },
    })
    outbox.add(1)
    await world.pass(2_100)
    outbox.deliver({ flushMs: 2_000, post: async (items) => ({ status: posted.push(['after', ...items]) && 200 }) })
    outbox.add(2)
    answer({ status: 200 })
    await world.pass(2_100)
    outbox.add(3)
    await world.pass(2_100)
    expect(posted).toEqual([
      ['before', 1],
      ['after', 2],
      ['after', 3],
    ])
  })
})

it.each([
  ['data', undefined],
  ['hook', ''],
])('an integration without beacons is no concern of the policy: %s', async (name, beaconUrl) => {
  world = await createWorld()
  const page = world.open()
  page.named(name).deliver({ post: () => Promise.resolve({ status: 200 }), ...(beaconUrl === '' && { beaconUrl }) })
  page.block('data')
  expect(page.logged).toEqual([])
})
