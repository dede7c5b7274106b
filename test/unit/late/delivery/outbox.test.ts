import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, OK, type World } from './world'

let world: World
afterEach(() => world.close())

const flags = () => world.received.map(({ flag }) => flag).sort()

describe('what is recorded', () => {
  it('is on disk within half a second, and nothing is posted before its time', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    page.impression('b')
    await world.pass(600)
    expect(await world.flagsOnDisk()).toEqual(['a', 'b'])
    expect(world.posts).toEqual([])
  })

  it('leaves the disk when the server took it', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    await page.sender.flush('manual')
    await world.settle()
    expect(flags()).toEqual(['a'])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('leaves the disk also when the answer comes in the middle of another write', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    const flushed = page.sender.flush('manual')
    await world.settle()
    page.impression('b')
    void page.outbox.write()
    world.pending[0]?.answer(OK)
    await world.settle()
    expect(flags()).toEqual(['a'])
    expect(await world.flagsOnDisk()).toEqual(['b'])
    world.pending[0]?.answer(OK)
    await flushed
    await world.settle()
    expect(flags()).toEqual(['a', 'b'])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('is neither lost nor doubled when it is recorded while a post is on its way', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    const first = page.sender.flush('manual')
    await world.settle()
    page.impression('b')
    const second = page.sender.flush('manual')
    await world.settle()
    world.pending[0]?.answer(OK)
    await world.settle()
    world.pending[0]?.answer(OK)
    await Promise.all([first, second])
    expect(flags()).toEqual(['a', 'b'])
  })

  it('goes at once when 48 KiB wait, first in posts that outlive the page, then in larger ones', async () => {
    world = await createWorld({ fate: () => OK, mode: 'DEBUG' })
    const page = world.open()
    for (let n = 0; n < 10_000; n++) page.impression(`flag-${n}`)
    await world.pass(1)
    expect(new Set(flags()).size).toBe(10_000)
    expect(flags()).toHaveLength(10_000)
    expect(world.posts.slice(0, 4).map(({ keepalive }) => keepalive)).toEqual([true, true, true, true])
    expect(world.posts.length).toBeLessThan(12)
    expect(Math.max(...world.posts.map(({ body }) => body.length))).toBeLessThanOrEqual(256 * 1024)
  })
})

describe('leftovers', () => {
  it('go with the next page, those of a crash too', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    page.count('a')
    await world.pass(6000)
    page.crash()
    const next = world.open()
    await world.pass(2000)
    expect(flags()).toEqual(['a'])
    expect(world.counted).toEqual(new Map([['a', 1]]))
    expect(await world.flagsOnDisk()).toEqual([])
    expect(next.deliveries.map(({ kind, outcome }) => [kind, outcome])).toEqual(
      expect.arrayContaining([
        ['impressions', 'sent'],
        ['counts', 'sent'],
      ]),
    )
  })

  it('are not taken from a living page', async () => {
    world = await createWorld({ fate: () => OK })
    world.open().impression('a')
    await world.pass(600)
    world.open()
    await world.pass(2000)
    expect(flags()).toEqual([])
  })

  it('go with another open tab at its next interval', async () => {
    world = await createWorld({ fate: () => OK })
    world.open()
    const page = world.open()
    page.impression('a')
    await world.pass(2000)
    page.crash()
    await world.pass(301_000)
    expect(flags()).toEqual(['a'])
  })

  it('carry the mode under which they were recorded, by fetch and by beacon', async () => {
    world = await createWorld({ mode: 'DEBUG', fate: () => OK })
    const page = world.open()
    page.impression('a')
    await world.pass(600)
    page.crash()
    world.open({ itsMode: 'OPTIMIZED' })
    await world.pass(2000)
    expect(world.posts[0]?.headers).toEqual({ SplitSDKImpressionsMode: 'DEBUG' })
  })

  it.each(['read', 'written'])('keeps all, though something is being %s at that moment', async (how) => {
    world = await createWorld({ fate: () => OK })
    const dead = world.open()
    dead.impression('a')
    await world.pass(600)
    dead.crash()
    const page = world.open()
    await world.settle()
    world.acceptsBeacon = () => false
    page.impression('b')
    let left = 0
    const leaveOnce = () => {
      if (left++ === 0) page.leave()
    }
    const reading = how === 'read' ? watchReads(leaveOnce) : watchWrites(leaveOnce)
    await world.pass(1500)
    reading.restore()
    expect(left).toBeGreaterThan(0)
    expect((await world.flagsOnDisk()).sort()).toEqual(['a', 'b'])
  })

  it('that are being read when the page is only hidden go later', async () => {
    world = await createWorld({ fate: () => OK })
    const dead = world.open()
    dead.impression('a')
    await world.pass(600)
    dead.crash()
    const page = world.open()
    await world.settle()
    let reads = 0
    const reading = watchReads(() => {
      // The reading of the leftovers has begun.
      if (++reads === 1) {
        page.impression('b')
        world.acceptsBeacon = () => false
        page.hide()
      }
    })
    await world.pass(1500)
    reading.restore()
    expect(reads).toBeGreaterThan(0)
    expect((await world.flagsOnDisk()).sort()).toEqual(['a', 'b'])
    expect(page.logged).toEqual([])
    page.show()
    await world.pass(500)
    expect(flags()).toContain('a')
    expect(flags().filter((flag) => flag === 'a')).toHaveLength(1)
  })

  it('count towards the limits, and keep being counted right after a drain that failed', async () => {
    world = await createWorld({ fate: () => ({ arrives: false, status: 503 }), limits: { maxItems: 10 } })
    const page = world.open()
    for (let n = 0; n < 8; n++) page.impression(`a${n}`)
    await world.pass(600)
    page.crash()
    const next = world.open()
    await world.pass(2000)
    for (let n = 0; n < 12; n++) next.impression(`b${n}`)
    expect(next.outbox.dropped()).toBe(10)
  })
})

describe('at page hide', () => {
  it('goes by beacon, once, though two events say so', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    page.leave()
    await world.settle()
    expect(world.received.map(({ flag, by }) => [flag, by])).toEqual([['a', 'beacon']])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('is on disk when the browser refuses, and goes with the next page', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    world.acceptsBeacon = () => false
    page.leave()
    await world.settle()
    expect(await world.flagsOnDisk()).toEqual(['a'])
    world.open()
    await world.pass(2000)
    expect(flags()).toEqual(['a'])
  })

  it('keeps what is too much for beacons', async () => {
    world = await createWorld({ fate: () => OK, mode: 'DEBUG', limits: { flushBytes: 1e9 } })
    const page = world.open()
    for (let n = 0; n < 2000; n++) page.impression(`flag-${n}`)
    page.leave()
    await world.settle()
    const sent = world.beacons.reduce((sum, { body }) => sum + body.length, 0)
    expect(sent).toBeLessThanOrEqual(65_536)
    expect(sent).toBeGreaterThan(50_000)
    expect(world.received.length + (await world.flagsOnDisk()).length).toBe(2000)
    world.open()
    await world.pass(2000)
    expect(new Set(flags()).size).toBe(2000)
    expect(flags()).toHaveLength(2000)
  })

  it('deletes what was delivered a moment before, though the page dies in the middle of the deletion', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    await world.pass(600)
    world.fate = undefined
    void page.sender.flush('manual')
    await world.settle()
    world.pending[0]?.answer(OK)
    // The deletion is under way, and not complete.
    for (let n = 0; n < 12; n++) await Promise.resolve()
    page.leave()
    await world.settle()
    expect(flags()).toEqual(['a'])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('stores nothing empty', async () => {
    world = await createWorld({ fate: () => OK })
    const other = world.open()
    other.impression('a')
    await other.outbox.write()
    const page = world.open()
    await world.pass(1500)
    page.impression('a')
    world.acceptsBeacon = () => false
    page.leave()
    await world.settle()
    const batches = (await world.disk()).filter(({ key }) => key[0] === 'batch')
    expect(batches.filter(({ value }) => !value.items?.length)).toEqual([])
  })

  it('goes to disk only, while the host does not answer: for every kind', async () => {
    world = await createWorld({ fate: () => ({ arrives: false, status: undefined }) })
    const page = world.open()
    page.impression('a')
    await page.sender.flush('manual')
    page.impression('b')
    page.count('a')
    page.leave()
    await world.settle()
    expect(world.beacons).toEqual([])
    expect(await world.flagsOnDisk()).toEqual(['a', 'b'])
  })

  it('goes to disk only, while the server has asked to wait', async () => {
    world = await createWorld({ fate: () => ({ arrives: false, status: 429 }) })
    const page = world.open()
    page.impression('a')
    await page.sender.flush('manual')
    page.impression('b')
    page.leave()
    await world.settle()
    expect(world.beacons).toEqual([])
    expect(await world.flagsOnDisk()).toEqual(['a', 'b'])
  })

  it('goes to disk only, offline', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    world.isOnline = false
    page.leave()
    await world.settle()
    expect(world.beacons).toEqual([])
    expect(await world.flagsOnDisk()).toEqual(['a'])
  })

  it('leaves a keepalive post on its way to the browser', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    void page.sender.flush('manual')
    await world.settle()
    page.leave()
    await world.settle()
    world.pending[0]?.answer(OK)
    expect(flags()).toEqual(['a'])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('leaves it claimed when the page is only hidden: its answer decides', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    void page.sender.flush('manual')
    await world.settle()
    page.hide()
    await world.settle()
    expect(await world.flagsOnDisk()).toEqual(['a'])
    world.pending[0]?.answer({ arrives: false, status: 503 })
    await world.settle()
    page.show()
    world.fate = () => OK
    await world.pass(400_000)
    expect(flags()).toEqual(['a'])
  })

  it('sends nothing twice over 20 tab switches', async () => {
    world = await createWorld()
    const page = world.open()
    for (let n = 0; n < 20; n++) {
      page.impression(`flag-${n}`)
      page.hide()
      await world.settle()
      page.show()
      await world.settle()
    }
    expect(new Set(flags()).size).toBe(20)
    expect(flags()).toHaveLength(20)
    expect(world.beacons).toHaveLength(20)
  })
})

describe('the bfcache', () => {
  it('gives what is on disk to others, and comes back as another page', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    world.acceptsBeacon = () => false
    page.impression('a')
    page.freeze()
    await world.settle()
    const next = world.open()
    await world.pass(2000)
    expect(flags()).toEqual(['a'])
    next.freeze()
    page.thaw()
    page.impression('b')
    await world.pass(2000)
    await page.sender.flush('manual')
    expect(flags()).toEqual(['a', 'b'])
  })

  it('takes what nobody fetched meanwhile', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    world.acceptsBeacon = () => false
    page.impression('a')
    page.freeze()
    await world.settle()
    page.thaw()
    await world.pass(2000)
    expect(flags()).toEqual(['a'])
    expect(await world.flagsOnDisk()).toEqual([])
  })

  it('doubles nothing that was on its way', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    void page.sender.flush('manual')
    await world.settle()
    const [post] = world.pending
    page.freeze()
    await world.settle()
    world.fate = () => OK
    world.open()
    await world.pass(2000)
    post?.answer(OK)
    await world.settle()
    page.thaw()
    await world.pass(2000)
    expect(flags()).toEqual(['a'])
  })
})

describe('dedupe over pages', () => {
  it('sends one of equal impressions of one hour, and counts the others', async () => {
    world = await createWorld({ fate: () => OK })
    for (let n = 0; n < 10; n++) {
      const page = world.open()
      await world.pass(1500)
      page.impression('a')
      await world.pass(600)
      page.leave()
      await world.settle()
    }
    expect(flags()).toEqual(['a'])
    expect(world.counted.get('a')).toBe(9)
  })

  it('knows it at a hide that comes before the first write', async () => {
    world = await createWorld({ fate: () => OK })
    const first = world.open()
    first.impression('a')
    first.leave()
    await world.settle()
    const page = world.open()
    // Time enough to read, not to write.
    await world.settle()
    page.impression('a')
    page.leave()
    await world.settle()
    expect(flags()).toEqual(['a'])
    expect(world.counted.get('a')).toBe(1)
  })

  it('starts anew each hour, and forgets the hour before', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    await world.pass(600)
    await world.pass(3_600_000)
    const next = world.open()
    await world.pass(1500)
    next.impression('a')
    await next.sender.flush('manual')
    await world.settle()
    expect(world.received.filter(({ flag }) => flag === 'a')).toHaveLength(2)
    const seen = (await world.disk()).filter(({ key }) => key[0] === 'seen')
    expect(seen).toHaveLength(1)
  })
})

describe('consent', () => {
  it('unknown: in memory only; granted: written and sent', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open({ consent: 'unknown' })
    page.impression('a')
    page.count('a')
    await world.pass(301_000)
    page.hide()
    await world.settle()
    expect(await world.disk()).toEqual([])
    expect([world.posts, world.beacons]).toEqual([[], []])
    page.show()
    page.setConsent('granted')
    await world.settle()
    expect(await world.flagsOnDisk()).toEqual(['a'])
    await page.sender.flush('manual')
    expect(flags()).toEqual(['a'])
    expect(world.counted.get('a')).toBe(1)
  })

  it('declined: nothing in memory, nothing on disk, nothing sent', async () => {
    world = await createWorld({ fate: () => OK })
    const page = world.open()
    page.impression('a')
    page.count('a')
    await world.pass(6000)
    page.impression('b')
    page.setConsent('declined')
    page.impression('c')
    await world.pass(301_000)
    page.leave()
    await world.settle()
    expect(await world.disk()).toEqual([])
    expect([world.posts, world.beacons]).toEqual([[], []])
  })

  it('declined while a post is on its way: its answer brings nothing back', async () => {
    world = await createWorld()
    const page = world.open()
    page.impression('a')
    void page.sender.flush('manual')
    await world.settle()
    page.setConsent('declined')
    world.pending[0]?.answer({ arrives: false, status: 503 })
    await world.pass(301_000)
    expect(await world.disk()).toEqual([])
    page.setConsent('granted')
    world.fate = () => OK
    await world.pass(301_000)
    expect(flags()).toEqual([])
  })
})

describe('limits', () => {
  it('drops the oldest first, and says how many', async () => {
    world = await createWorld({ limits: { maxItems: 5 } })
    const page = world.open({ consent: 'unknown' })
    for (let n = 0; n < 8; n++) page.impression(`a${n}`)
    expect(page.outbox.dropped()).toBe(3)
    world.fate = () => OK
    page.setConsent('granted')
    await page.sender.flush('manual')
    expect(flags()).toEqual(['a3', 'a4', 'a5', 'a6', 'a7'])
    expect(
      page.deliveries.filter(({ outcome }) => outcome === 'dropped').reduce((sum, { count }) => sum + count, 0),
    ).toBe(3)
  })

  it('holds in bytes', async () => {
    world = await createWorld({ limits: { maxBytes: 1000 } })
    const page = world.open({ consent: 'unknown' })
    for (let n = 0; n < 20; n++) page.impression(`a${n}`)
    expect(page.outbox.dropped()).toBeGreaterThan(10)
    expect(page.outbox.dropped()).toBeLessThan(20)
  })

  it('holds in age', async () => {
    world = await createWorld({ limits: { maxAgeMs: 10_000 }, fate: () => OK })
    const page = world.open()
    page.impression('old')
    await world.pass(600)
    page.crash()
    await world.pass(11_000)
    const next = world.open()
    await world.pass(2000)
    expect(flags()).toEqual([])
    expect(next.outbox.dropped()).toBe(1)
    expect(await world.flagsOnDisk()).toEqual([])
  })
})

describe('storage that fails', () => {
  it('costs nothing but the disk, and one log line', async () => {
    world = await createWorld({ fate: () => OK })
    world.storageFails = true
    const page = world.open()
    for (let n = 0; n < 5; n++) {
      page.impression(`a${n}`)
      await world.pass(40_000)
    }
    await page.sender.flush('manual')
    expect(flags()).toHaveLength(5)
    expect(page.logged).toHaveLength(1)
  })

  it('takes up again when it works again', async () => {
    world = await createWorld()
    world.storageFails = true
    const page = world.open()
    page.impression('a')
    await world.pass(600)
    world.storageFails = false
    await world.pass(31_000)
    page.impression('b')
    await world.pass(600)
    expect((await world.flagsOnDisk()).sort()).toEqual(['a', 'b'])
  })

  it('loses nothing that the hide could not store, when the page comes back', async () => {
    world = await createWorld({ fate: () => OK })
    world.acceptsBeacon = () => false
    const page = world.open()
    page.impression('a')
    world.storageFails = true
    page.freeze()
    await world.settle()
    world.storageFails = false
    page.thaw()
    await world.pass(40_000)
    await page.sender.flush('manual')
    expect(flags()).toEqual(['a'])
  })
})

describe('without storage', () => {
  it('delivers from memory, by fetch and at hide', async () => {
    world = await createWorld({ hasStorage: false, fate: () => OK })
    const page = world.open()
    page.impression('a')
    await page.sender.flush('manual')
    page.impression('b')
    page.leave()
    await world.settle()
    expect(world.received.map(({ flag, by }) => [flag, by])).toEqual([
      ['a', 'fetch'],
      ['b', 'beacon'],
    ])
  })
})

describe('labels that stay home', () => {
  it('are neither on disk nor on the wire', async () => {
    world = await createWorld({ labelsEnabled: false })
    const page = world.open()
    page.impression('a')
    await world.pass(600)
    expect(JSON.stringify(await world.disk())).not.toContain('"r"')
    void page.sender.flush('manual')
    await world.settle()
    page.impression('b')
    page.hide()
    expect(world.posts.map(({ body }) => body).join()).not.toContain('"r"')
    expect(world.beacons.map(({ body }) => body).join()).not.toContain('"r"')
  })
})

/** Calls `onRead` whenever a batch is asked for: leftovers are. */
function watchReads(onRead: () => void) {
  const { get } = IDBObjectStore.prototype
  IDBObjectStore.prototype.get = function (key: IDBValidKey) {
    const request = get.call(this, key)
    if ((key as IDBValidKey[])[0] === 'batch') onRead()
    return request
  }
  return { restore: () => void (IDBObjectStore.prototype.get = get) }
}

/** Calls `onWrite` whenever identities were read, before anything is put. */
function watchWrites(onWrite: () => void) {
  const { getAllKeys } = IDBObjectStore.prototype
  IDBObjectStore.prototype.getAllKeys = function (...range: Parameters<typeof getAllKeys>) {
    const request = getAllKeys.apply(this, range)
    if (this.transaction.mode === 'readwrite') onWrite()
    return request
  }
  return { restore: () => void (IDBObjectStore.prototype.getAllKeys = getAllKeys) }
}
