import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, OK, type Fate, type TestPage, type World } from './world'

let world: World
afterEach(() => world.close())

const REFUSED: Fate = { arrives: false, status: 503 }
const IMPRESSIONS = 'https://e/testImpressions/beacon'
const EVENTS = 'https://e/events/beacon'

const record = (page: TestPage, prefix: string, count = 1, padding = 0) => {
  for (let n = 0; n < count; n++) page.impression(`${prefix}-${n}`, padding)
}
const track = (page: TestPage, name: string) => page.delivery.add('events', { eventTypeId: name }, 100)
const received = () => world.received.map(({ flag }) => flag).sort()
/** How each kind fared that listeners were told of, in this order. */
const told = (page: TestPage) =>
  page.deliveries.splice(0).map(({ kind, count, transport, outcome }) => `${count} ${kind} ${transport} ${outcome}`)
const notes = () =>
  world.notes().map(
    ([, text]) =>
      JSON.parse(text.slice(text.indexOf(' '))) as Record<'delivered' | 'doubtful' | 'batches', unknown[]> & {
        disk: boolean
      },
  )
/** A page with a post on its way that nobody answered yet. */
const posting = async (page: TestPage, prefix: string) => {
  record(page, prefix)
  await world.pass(100)
  void page.delivery.flush('manual')
  await world.settle()
  expect(world.pending.length).toBeGreaterThan(0)
}

describe('a page that is hidden tells', () => {
  it('by kind what a beacon took, each with its items', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a', 2)
    track(page, 'bought')
    page.hide()
    expect(page.deliveries).toEqual([])
    await world.settle()
    expect(page.deliveries.map(({ reason, items }) => [reason, items.length])).toEqual([
      ['hide', 2],
      ['hide', 1],
    ])
    expect(told(page)).toEqual(['2 impressions beacon sent', '1 events beacon sent'])
  })

  it('once what is kept, and where: on disk or in its note', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const page = world.open()
    record(page, 'stored', 3)
    await world.pass(100)
    record(page, 'noted', 2)
    track(page, 'bought')
    page.hide()
    await world.settle()
    expect(told(page)).toEqual([
      '2 impressions beacon refused',
      '1 events beacon refused',
      '3 impressions disk kept',
      '2 impressions note kept',
      '1 events note kept',
    ])
    page.show()
    page.hide()
    await world.settle()
    expect(told(page).filter((line) => line.endsWith('kept'))).toEqual([])
  })

  it('what was on its way, once', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await posting(page, 'a')
    page.hide()
    page.show()
    page.hide()
    await world.settle()
    expect(told(page)).toEqual(['1 impressions fetch doubtful'])
  })

  it('nothing of a note where it can leave none', async () => {
    world = await createWorld({ mode: 'DEBUG', hasLocks: false })
    world.isOnline = false
    const page = world.open()
    record(page, 'a')
    page.hide()
    await world.settle()
    expect(told(page)).toEqual([])
  })
})

describe('beacons', () => {
  it('carry what is not on disk first, with the SDK key and the version', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'stored')
    await world.pass(100)
    record(page, 'new')
    page.hide()
    expect(world.beacons.map(({ body }) => /stored|new/.exec(body)?.[0])).toEqual(['new', 'stored'])
    const envelope = { token: 'sdk-key', sdk: expect.stringMatching(/^pennon-\d/) as string, sim: 'DEBUG' }
    expect(JSON.parse(world.beacons[0]?.body ?? '')).toMatchObject(envelope)
  })

  it('are of 64 KiB in all, and none goes after one that the browser refused of its kind', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'stored', 25, 1_000)
    await world.pass(100)
    record(page, 'new', 25, 1_000)
    track(page, 'x'.repeat(20_000))
    page.hide()
    const bytes = world.beacons.reduce((sum, { body }) => sum + body.length, 0)
    expect(bytes).toBeGreaterThan(45_000)
    expect(bytes).toBeLessThanOrEqual(65_536)
    await world.pass(11_000)
    page.show()
    let asked = 0
    world.acceptsBeacon = () => {
      asked++
      return false
    }
    record(page, 'newer', 50, 1_000)
    page.hide()
    expect(asked).toBe(1)
  })

  it('do not go while the browser is offline', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(100)
    world.isOnline = false
    record(page, 'a')
    page.hide()
    expect(world.beacons).toEqual([])
    expect(notes()).toHaveLength(1)
  })

  it('carry no impressions while another page may have recorded the same: these stay for the note', async () => {
    world = await createWorld()
    record(world.open(), 'a')
    await world.pass(100)
    const page = world.open()
    record(page, 'b')
    track(page, 'bought')
    page.hide()
    expect(world.beacons.map(({ url }) => url)).toEqual([EVENTS])
    expect(notes().map(({ batches }) => batches.length)).toEqual([1])
  })

  it('carry nothing again at the next event where the browser ended the script right after one', async () => {
    world = await createWorld()
    const page = world.open()
    record(page, 'stored')
    await world.pass(100)
    record(page, 'new')
    track(page, 'bought')
    world.endsScript = true
    expect(() => page.hide()).toThrow('the script has ended')
    page.leave()
    const next = world.open()
    await world.pass(20_000)
    await next.delivery.flush('manual')
    expect(received()).toEqual(['new-0', 'stored-0'])
    expect(world.beacons.map(({ url }) => url)).toEqual([IMPRESSIONS, EVENTS, IMPRESSIONS])
    expect(world.posts).toEqual([])
  })

  it('do not carry what may have arrived with the page before', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const first = world.open()
    await posting(first, 'a')
    first.leave()
    await world.settle()
    const next = world.open()
    await world.pass(5_000)
    record(next, 'b')
    next.leave()
    await world.settle()
    expect(world.beacons.map(({ body }) => /[ab]-0/.exec(body)?.[0])).toEqual(['b-0'])
  })

  it.each(['stay', 'hide'] as const)(
    '%s: go after a note only at beforeunload, where there is time for two',
    async (event) => {
      world = await createWorld({ mode: 'DEBUG' })
      const page = world.open()
      await world.pass(100)
      record(page, 'a')
      let notedBefore = -1
      world.acceptsBeacon = () => {
        notedBefore = notes().filter(({ batches }) => batches.length).length
        return true
      }
      page[event]()
      expect(notedBefore).toBe(event === 'stay' ? 1 : 0)
      expect(notes().flatMap(({ batches }) => batches)).toEqual([])
    },
  )

  it('say at beforeunload what the page before noted meanwhile: a repetition is counted', async () => {
    world = await createWorld()
    const [first, page] = [world.open(), world.open()] as [TestPage, TestPage]
    await world.pass(100)
    record(page, 'own')
    await world.pass(100)
    record(first, 'same')
    first.leave()
    await world.settle()
    record(page, 'same')
    page.leave()
    await world.settle()
    expect(received()).toEqual(['own-0', 'same-0'])
  })
})

describe('beacons of an integration', () => {
  it('come after pennon’s own, of what is ready, and only to an address that it has given for them', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    const post = async () => ({ status: 503 })
    const gathered = [{ isReady: true }, { isReady: false }]
    const tool = page.named('tool')
    tool.deliver({
      beaconUrl: 'https://tool/',
      post,
      isReady: (item) => (item as { isReady: boolean }).isReady,
      drain: () => gathered.splice(0),
    })
    page.named('silent').deliver({ post })
    page.named('silent').add('quiet')
    tool.add({ isReady: true })
    tool.dirty()
    track(page, 'bought')
    page.hide()
    expect(world.beacons.map(({ url }) => url)).toEqual([EVENTS, 'https://tool/'])
    expect(JSON.parse(world.beacons[1]?.body ?? '')).toEqual([{ isReady: true }])
    await world.settle()
    expect(told(page)).toEqual([
      '1 events beacon sent',
      '1 integration tool beacon sent',
      '1 integration silent note kept',
      '2 integration tool note kept',
    ])
  })
})

describe('the note', () => {
  it('of 20,000 impressions is written twice at beforeunload, and they are packed once', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(100)
    world.isOnline = false
    let reads = 0
    for (let n = 0; n < 20_000; n++) {
      const item = {
        f: `flag-${n}`,
        get t() {
          reads++
          return 'on'
        },
      }
      page.delivery.add('impressions', item, 100)
    }
    page.stay()
    expect(reads).toBe(20_000)
    const noted = notes().flatMap(({ batches }) => batches as [...unknown[], [count: number, ...unknown[]]][])
    expect(noted.reduce((sum, batch) => sum + (batch[5] as [number])[0], 0)).toBe(20_000)
  })

  it.each([
    ['stay', 512],
    ['hide', 256],
  ] as const)('of a page that gets %s has up to %d KiB', async (event, most) => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const page = world.open()
    await world.pass(100)
    for (let n = 0; n < 600; n++) page.delivery.add('events', { eventTypeId: `${n}`.padEnd(1_000, '.') }, 1_000)
    page[event]()
    const longest = Math.max(...world.notes().map(([, text]) => text.length)) / 1024
    expect(longest).toBeGreaterThan(most - 32)
    expect(longest).toBeLessThanOrEqual(most)
  })

  it('of a life that was adopted names its batches alone, and the own one its own', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const first = world.open()
    record(first, 'a')
    await world.pass(100)
    first.leave()
    await world.settle()
    world.fate = undefined
    const page = world.open()
    record(page, 'b')
    await world.pass(3_500)
    expect(world.pending.length).toBeGreaterThan(0)
    page.leave()
    await world.settle()
    const ids = notes().map(({ doubtful }) => (doubtful as [string, number][]).map(([id]) => id))
    expect(ids.map(({ length }) => length)).toEqual([1, 1])
    expect(ids[0]).not.toEqual(ids[1])
  })

  it('of a life that was adopted is as long at the last moment as it was, and stays as it is where a new one is refused', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    world.storageFails = true
    const first = world.open()
    for (let n = 0; n < 400; n++) track(first, `${n}`.padEnd(1_000, '.'))
    await first.delivery.flush('manual')
    first.leave()
    await world.settle()
    const noted = () => notes().map(({ batches }) => JSON.stringify(batches).length)
    const [before] = noted()
    expect(before).toBeGreaterThan(400_000)
    const page = world.open()
    await world.pass(20_000)
    page.hide()
    expect(noted()).toEqual([before])
    page.show()
    Object.assign(world, { storageFails: false, notesFail: true })
    page.hide()
    await world.settle()
    expect([noted(), await world.batchesOnDisk()]).toEqual([[before], []])
  })

  it('of an adopted life names what a batch of this life replaces', async () => {
    world = await createWorld({ fate: () => REFUSED })
    const first = world.open()
    first.count('flag')
    await world.pass(10_000)
    first.crash()
    const page = world.open()
    await world.pass(20_000)
    world.storageFails = true
    page.count('flag')
    await world.pass(6_000)
    world.acceptsBeacon = () => false
    page.leave()
    await world.settle()
    expect(notes().map(({ delivered }) => delivered.length)).toEqual([1, 1])
    Object.assign(world, { storageFails: false, fate: () => OK })
    world.open()
    await world.pass(200_000)
    expect(world.counted.get('flag')).toBe(2)
    expect([await world.batchesOnDisk(), notes()]).toEqual([[], []])
  })

  it('of each life names what beacons took of it', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const first = world.open()
    record(first, 'a')
    await world.pass(100)
    first.leave()
    await world.settle()
    world.isOnline = false
    const page = world.open()
    record(page, 'b')
    await world.pass(3_500)
    world.isOnline = true
    world.acceptsBeacon = () => true
    page.leave()
    await world.settle()
    expect(world.beacons).toHaveLength(1)
    expect(notes().map(({ delivered }) => delivered.length)).toEqual([1, 1])
    expect(notes()[0]?.delivered).not.toEqual(notes()[1]?.delivered)
  })

  it('says when it was posted what nobody answered, by the clock that it is now', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(50_000)
    await posting(page, 'a')
    const sentAt = world.pending[0]?.at ?? 0
    await world.pass(1_000)
    world.jump(-3_600_000)
    page.hide()
    expect(notes().flatMap(({ doubtful }) => doubtful)).toEqual([[expect.any(String), sentAt - 3_600_000]])
  })

  it('calls nothing doubtful that was posted after a failure: it is sent again', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    record(page, 'a')
    await page.delivery.flush('manual')
    world.fate = undefined
    await posting(page, 'b')
    page.hide()
    await world.settle()
    expect(notes()).toEqual([])
    expect(told(page).filter((line) => line.includes('doubtful'))).toEqual([])
  })

  it.each([
    ['well', OK, 1],
    ['failing', REFUSED, 0],
  ] as const)(
    'calls a post doubtful where another page found its endpoint %s meanwhile: %o',
    async (_, fate, doubts) => {
      world = await createWorld({ mode: 'DEBUG' })
      const [page, other] = [world.open(), world.open()] as [TestPage, TestPage]
      await posting(page, 'a')
      world.fate = () => fate
      record(other, 'b')
      await other.delivery.flush('manual')
      world.fate = undefined
      world.acceptsBeacon = () => false
      record(page, 'c')
      await world.pass(1_000)
      page.leave()
      await world.settle()
      expect(notes().flatMap(({ doubtful }) => doubtful)).toHaveLength(doubts)
    },
  )

  it('calls nothing doubtful that the browser cuts as the page goes: it is sent again', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    track(page, 'x'.repeat(60_000))
    await posting(page, 'a')
    expect(world.pending.map(({ keepalive }) => keepalive).sort()).toEqual([false, true])
    page.hide()
    expect(notes().flatMap(({ doubtful }) => doubtful)).toHaveLength(1)
  })

  it('calls nothing doubtful that Firefox gave up before pagehide: it is sent again', async () => {
    world = await createWorld({ mode: 'DEBUG', engine: 'firefox' })
    world.acceptsBeacon = () => false
    const page = world.open()
    await posting(page, 'a')
    page.stay()
    for (const post of [...world.pending]) post.answer({ arrives: false, status: undefined })
    await world.settle()
    page.leave()
    await world.settle()
    expect(notes().map(({ doubtful, batches }) => [doubtful.length, batches.length])).toContainEqual([0, 1])
    world.fate = () => OK
    world.open()
    await world.pass(200_000)
    expect(received()).toEqual(['a-0'])
  })

  it('does not say again what an earlier one said: that is on disk by then', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const first = world.open()
    await posting(first, 'a')
    first.leave()
    await world.settle()
    const next = world.open()
    await world.pass(5_000)
    next.leave()
    await world.settle()
    expect(notes()).toEqual([])
  })

  it('says whether all that it tells of lies in it, or some of it on disk', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await posting(page, 'a')
    world.isOnline = false
    record(page, 'b')
    page.hide()
    expect(notes().map(({ doubtful, batches, disk }) => [doubtful.length, batches.length, disk])).toEqual([
      [1, 1, true],
    ])
  })

  it('of a page without a database holds also what is on its way, and so it does when the next page has taken it', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(100)
    world.storageFails = true
    await posting(page, 'a')
    page.leave()
    await world.settle()
    const noted = () => notes().map(({ doubtful, batches }) => [doubtful.length, batches.length])
    expect(noted()).toEqual([[1, 1]])
    world.open()
    await world.pass(5_000)
    expect(noted()).toEqual([[1, 1]])
  })

  it('is gone before the page posts again, as it may be discarded at any time', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const page = world.open()
    await world.pass(100)
    // More than one transaction takes to disk.
    record(page, 'a', 400, 1_000)
    page.hide()
    expect(notes()).toHaveLength(1)
    const noted = new Set<number>()
    world.fate = () => {
      noted.add(notes().length)
      return OK
    }
    void page.delivery.flush('manual')
    await world.pass(1_000)
    expect([...noted]).toEqual([0])
    expect(received()).toHaveLength(400)
  })

  it('says what is posted at that time where there is no database, and no more what arrived', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    const page = world.open()
    await world.pass(100)
    world.storageFails = true
    record(page, 'a')
    page.hide()
    expect(notes().map(({ doubtful }) => doubtful.length)).toEqual([0])
    await world.pass(400_000)
    expect(world.pending).toHaveLength(1)
    expect(notes().map(({ doubtful }) => doubtful.length)).toEqual([1])
    world.pending[0]?.answer(OK)
    await world.settle()
    expect(notes().flatMap(({ batches }) => batches)).toEqual([])
  })

  it('that is refused, of counts that are on disk in part: each is counted once', async () => {
    world = await createWorld({ fate: () => REFUSED })
    const page = world.open()
    for (let n = 0; n < 4; n++) page.count('flag')
    await page.delivery.flush('manual')
    await world.pass(6_000)
    page.count('flag')
    world.notesFail = true
    page.leave()
    await world.settle()
    Object.assign(world, { notesFail: false, fate: () => OK })
    world.open()
    await world.pass(200_000)
    expect([...world.counted]).toEqual([['flag', 5]])
  })
})

describe('a page that lives on', () => {
  it('after beforeunload, without a note and with a database: each once', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    Object.assign(world, { notesFail: true, acceptsBeacon: () => false })
    const page = world.open()
    await world.pass(100)
    record(page, 'a')
    page.stay()
    await world.settle()
    Object.assign(world, { notesFail: false, fate: () => OK })
    await world.pass(400_000)
    expect(received()).toEqual(['a-0'])
    expect(await world.batchesOnDisk()).toEqual([])
  })

  it('and has left no note posts before all that it recorded is on disk', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(100)
    const stored: number[] = []
    world.fate = () => {
      stored.push(world.everStored.size)
      return OK
    }
    record(page, 'a', 400, 1_000)
    await world.pass(1_000)
    expect([stored[0], received().length]).toEqual([expect.any(Number), 400])
    expect(stored[0]).toBeLessThan(400)
  })

  it('without a lock, after a note that anybody may take: each once', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    world.acceptsBeacon = () => false
    world.hangsLock = () => true
    const page = world.open()
    await world.pass(2_100)
    record(page, 'a')
    page.hide()
    expect(notes()).toHaveLength(1)
    Object.assign(world, { hangsLock: () => false, fate: () => OK })
    world.open()
    await world.pass(20_000)
    page.show()
    await page.delivery.flush('manual')
    await world.pass(20_000)
    expect(received()).toEqual(['a-0'])
  })

  it('without a lock puts nothing on disk, where nobody takes a note either', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    Object.assign(world, { acceptsBeacon: () => false, hangsLock: () => true, notesFail: true })
    const page = world.open()
    await world.pass(2_100)
    record(page, 'a')
    page.hide()
    await world.settle()
    expect(await world.disk()).toEqual([])
    world.fate = () => OK
    await page.delivery.flush('manual')
    expect(received()).toEqual(['a-0'])
  })

  it('and stores nothing has all that it had', async () => {
    world = await createWorld({ mode: 'DEBUG', isStored: false })
    world.acceptsBeacon = () => false
    const page = world.open()
    await world.pass(100)
    record(page, 'a')
    page.stay()
    world.fate = () => OK
    await page.delivery.flush('manual')
    expect(received()).toEqual(['a-0'])
  })

  it.each([
    ['stay', 1],
    ['hide', 0],
  ] as const)(
    'and was not told yet whether it may: holds all that it had (%s), and its lock only while it may not be going',
    async (event, lives) => {
      world = await createWorld({ mode: 'DEBUG', fate: () => OK })
      const page = world.open({ consent: 'unknown' })
      await world.pass(100)
      record(page, 'a')
      page[event]()
      expect([world.beacons, notes(), page.lives]).toEqual([[], [], lives])
      page.show()
      await world.pass(20_000)
      page.setConsent('granted')
      await world.pass(2_000)
      expect(received()).toEqual(['a-0'])
    },
  )

  it('in Firefox takes back no post that its last life sent long ago', async () => {
    world = await createWorld({ mode: 'DEBUG', engine: 'firefox' })
    const page = world.open()
    await posting(page, 'a')
    page.stay()
    await world.pass(12_500)
    for (const post of [...world.pending]) post.answer({ arrives: true, status: undefined })
    await world.settle()
    world.fate = () => OK
    record(page, 'b')
    await page.delivery.flush('manual')
    await world.pass(400_000)
    expect(received()).toEqual(['a-0', 'b-0'])
  })
})

describe('destroy()', () => {
  it('leaves a note of what is nowhere else', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => REFUSED })
    const page = world.open()
    await world.pass(100)
    world.storageFails = true
    record(page, 'a')
    await page.delivery.destroy()
    expect(notes().map(({ batches }) => batches.length)).toEqual([1])
    expect(world.beacons).toEqual([])
    Object.assign(world, { storageFails: false, fate: () => OK })
    world.open()
    await world.pass(20_000)
    expect(received()).toEqual(['a-0'])
  })

  it('leaves none where nothing may be kept', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open({ consent: 'unknown' })
    record(page, 'a')
    await world.pass(100)
    await page.delivery.destroy()
    expect(notes()).toEqual([])
  })
})

describe('a policy of the page that blocks our URL', () => {
  const handOver = async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(100)
    record(page, 'a')
    track(page, 'bought')
    page.hide()
    await world.settle()
    expect(world.beacons.map(({ url }) => url)).toEqual([IMPRESSIONS, EVENTS])
    page.deliveries.splice(0)
    world.fate = () => OK
    return page
  }
  const posted = async (page: TestPage) => {
    await page.delivery.flush('manual')
    await world.pass(1_000)
    return world.posts.splice(0).map(({ url }) => url)
  }

  it('brings back what went there, of each kind by itself', async () => {
    const page = await handOver()
    page.block(EVENTS)
    expect(await posted(page)).toEqual(['https://e/events/bulk'])
    page.block(`${IMPRESSIONS}?and=more`)
    expect(await posted(page)).toEqual(['https://e/testImpressions/bulk'])
    page.block(IMPRESSIONS)
    expect(await posted(page)).toEqual([])
    expect(page.logged.map((line) => /impressions|events/.exec(line)?.[0])).toEqual(['events', 'impressions'])
  })

  it('is a failure of that endpoint: no beacon goes there, also when its posts were blocked', async () => {
    const page = await handOver()
    page.block('https://e/testImpressions/bulk?and=more')
    page.show()
    record(page, 'b')
    track(page, 'sold')
    page.hide()
    expect(world.beacons.slice(2).map(({ url }) => url)).toEqual([EVENTS])
  })

  it('and what it gave back as the user stayed outlives the note, which says that it was handed over', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a')
    await world.pass(1_000)
    page.stay()
    page.block(IMPRESSIONS)
    await world.pass(30_000)
    expect(await world.flagsOnDisk()).toEqual(['a-0'])
    world.fate = () => OK
    expect(await posted(page)).toEqual(['https://e/testImpressions/bulk'])
    expect([await world.batchesOnDisk(), notes()]).toEqual([[], []])
  })

  it('and what came back is on disk soon', async () => {
    const page = await handOver()
    await world.pass(1_000)
    world.fate = undefined
    page.block(IMPRESSIONS)
    await world.pass(1_000)
    expect(await world.flagsOnDisk()).toEqual(['a-0'])
  })

  it('and what the user declined meanwhile does not come back', async () => {
    const page = await handOver()
    page.setConsent('declined')
    page.block(EVENTS)
    page.setConsent('granted')
    expect(await posted(page)).toEqual([])
  })

  it('and another URL is no concern of ours', async () => {
    const page = await handOver()
    page.named('without beacons').deliver({ post: async () => ({ status: 200 }) })
    page.block('https://elsewhere/')
    expect(await posted(page)).toEqual([])
    expect(page.logged).toEqual([])
  })
})

describe('a note says whether any of its batches may be on disk', () => {
  it('none, where nothing was stored', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    world.acceptsBeacon = () => false
    record(page, 'a')
    page.hide()
    expect(notes().map(({ disk, delivered }) => [disk, delivered.length])).toEqual([[false, 0]])
  })

  it('those that a beacon took', async () => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    record(page, 'a')
    await world.pass(100)
    page.hide()
    expect(notes().map(({ disk, delivered, batches }) => [disk, delivered.length, batches])).toEqual([[true, 1, []]])
  })
})

describe('what no note takes', () => {
  /** `meanwhile`: what happens before the database has answered. */
  const hideWithout = async (fails: boolean, meanwhile?: (page: TestPage) => void, event: 'hide' | 'stay' = 'hide') => {
    world = await createWorld({ mode: 'DEBUG' })
    const page = world.open()
    await world.pass(1_000)
    world.acceptsBeacon = () => false
    Object.assign(world, { notesFail: true, storageFails: fails })
    record(page, 'a', 3)
    page[event]()
    meanwhile?.(page)
    await world.settle()
    Object.assign(world, { notesFail: false, storageFails: false })
    return page
  }

  it('is put into the database, and counts as stored', async () => {
    const page = await hideWithout(false)
    expect(await world.flagsOnDisk()).toEqual(['a-0', 'a-1', 'a-2'])
    expect(page.deliveries.filter(({ outcome }) => outcome === 'kept')).toHaveLength(1)
    page.hide()
    expect(notes()).toEqual([])
  })

  it.each(['leave', 'destroy'] as const)('of a page that never had a lock is put as it ends (%s)', async (end) => {
    world = await createWorld({ mode: 'DEBUG' })
    Object.assign(world, { notesFail: true, acceptsBeacon: () => false, hangsLock: () => true })
    const page = world.open()
    await world.pass(1_000)
    record(page, 'a', 3)
    if (end === 'leave') page.leave()
    else void page.delivery.destroy()
    await world.pass(7_000)
    expect(await world.flagsOnDisk()).toEqual(['a-0', 'a-1', 'a-2'])
    Object.assign(world, { notesFail: false, hangsLock: () => false, fate: () => OK })
    world.pending.splice(0)
    world.open()
    await world.pass(100_000)
    expect(received()).toEqual(['a-0', 'a-1', 'a-2'])
  })

  it('stays with its page where the database takes nothing either', async () => {
    const page = await hideWithout(true)
    expect(await world.flagsOnDisk()).toEqual([])
    page.hide()
    expect(notes().map(({ batches }) => batches.length)).toEqual([1])
    await world.pass(40_000)
    expect(await world.flagsOnDisk()).toEqual(['a-0', 'a-1', 'a-2'])
  })

  it.each(['hide', 'stay'] as const)(
    'is forgotten when the user declines before the database has failed (%s)',
    async (event) => {
      const page = await hideWithout(true, ({ setConsent }) => setConsent('declined'), event)
      world.fate = () => OK
      page.show()
      page.setConsent('granted')
      record(page, 'b')
      await world.pass(400_000)
      expect(received()).toEqual(['b-0'])
    },
  )

  it.each([true, false])(
    'and a beacon takes before the database has answered is sent once (it fails: %s)',
    async (fails) => {
      const page = await hideWithout(fails, ({ hide }) => {
        world.acceptsBeacon = () => true
        hide()
      })
      expect(world.beacons).toHaveLength(1)
      world.fate = () => OK
      page.show()
      await world.pass(400_000)
      expect(received()).toEqual(['a-0', 'a-1', 'a-2'])
      expect(await world.batchesOnDisk()).toEqual([])
    },
  )
})
