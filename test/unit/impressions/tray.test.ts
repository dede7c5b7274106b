// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { createHideNotes } from '../../../src/browser/hideNote'
import { readNote } from '../../../src/late/delivery/readNote'
import { createTray } from '../../../src/impressions/tray'
import { createConsentState } from '../../../src/shared/consent'
import { createHub } from '../../../src/shared/hub'
import type { ImpressionItem, ImpressionsMode } from '../../../src/impressions/types'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const START = 1_700_000_000_000 - (1_700_000_000_000 % HOUR_MS) + HOUR_MS / 2
let now = START
beforeEach(() => {
  localStorage.clear()
  now = START
})

interface Options {
  mode?: ImpressionsMode
  limits?: { maxItems: number; maxBytes: number }
  isOnline?: boolean
  taken?: number
  consent?: 'granted' | 'unknown'
  hasNotes?: boolean
}

/** The tray of one page; all pages of a test have one localStorage. */
function open({ mode = 'OPTIMIZED', taken = 100, hasNotes = true, ...options }: Options = {}) {
  const beacons: { url: string; flags: string[]; text: string }[] = []
  const browser = { endsScript: false, onBeacon: () => {} }
  const notes = createHideNotes('scope', () => now)
  const endpoint = (name: string) => ({ url: `/${name}`, beaconUrl: `/${name}/beacon` })
  const consent = createConsentState(options.consent ?? 'granted')
  const hub = createHub({ once: () => undefined } as never)
  const told: [kind: string, count: number, transport: string, outcome: string][] = []
  const reasons = new Set<string>()
  hub.on('delivery', ({ kind, count, transport, outcome, reason }) => {
    told.push([kind, count, transport, outcome])
    reasons.add(reason)
  })
  const tray = createTray({
    beacon: {
      transport: 'beacon',
      send(url, text, carried, sent) {
        if (beacons.length >= taken) return false
        sent.push(...carried)
        const { entries } = JSON.parse(text) as { entries: { f: string }[] }
        beacons.push({ url, text, flags: Array.isArray(entries) ? entries.map(({ f }) => f) : [] })
        browser.onBeacon()
        if (browser.endsScript) throw new Error('the script has ended')
        return true
      },
    },
    notes: hasNotes ? notes : undefined,
    endpoints: {
      impressions: endpoint('impressions'),
      counts: endpoint('counts'),
      uniqueKeys: endpoint('uniqueKeys'),
      events: endpoint('events'),
    },
    sdkKey: 'sdk-key',
    mode,
    limits: options.limits ?? { maxItems: 50_000, maxBytes: 8 << 20 },
    isOnline: () => options.isOnline ?? true,
    now: () => now,
    consent,
    hub,
  })
  return {
    tray,
    hub,
    browser,
    beacons,
    consent,
    told,
    reasons,
    see(...flags: string[]) {
      for (const f of flags) {
        const item: ImpressionItem = { f, k: 'user', t: 'on', m: now, c: 1, r: 'rule' }
        tray.add('impressions', item, 100)
      }
    },
  }
}
/** What the notes of all pages say: flags that wait, and flags that were handed over. */
function noted() {
  const notes = createHideNotes('scope', () => now)
  const said = { waiting: [] as string[], gone: [] as string[], text: '' }
  for (const life of notes.lives()) {
    const text = notes.read(life) ?? ''
    said.text += text
    const { delivered, batches } = readNote(text)
    for (const { id, items } of batches)
      said[delivered.includes(id) ? 'gone' : 'waiting'].push(...(items as ImpressionItem[]).map(({ f }) => f))
  }
  return said
}

describe('a page that is left before the second file is there', () => {
  it('hands over what it recorded, and notes that it did', () => {
    const { tray, see, beacons } = open()
    see('a', 'b')
    tray.hide()
    expect(beacons.map(({ url, flags }) => [url, flags])).toEqual([['/impressions/beacon', ['a', 'b']]])
    expect(noted()).toMatchObject({ waiting: [], gone: ['a', 'b'] })
    expect(readNote(noted().text)).toMatchObject({ doubtful: [], seen: [], disk: false })
    tray.hide()
    expect(beacons).toHaveLength(1)
  })

  it('only notes it where another page has recorded something this hour', () => {
    const first = open()
    first.see('a')
    first.tray.hide()
    now += MINUTE_MS
    const second = open()
    second.see('a', 'b')
    second.tray.add('events', { type: 'bought' }, 50)
    second.tray.hide()
    expect(second.beacons.map(({ url }) => url)).toEqual(['/events/beacon'])
    expect(noted()).toMatchObject({ waiting: ['a', 'b'], gone: ['a'] })
  })

  it('only notes what goes to a URL that failed last', () => {
    createHideNotes('scope', () => now).markFailing('/impressions', true)
    const { tray, see, beacons } = open({ mode: 'DEBUG' })
    see('a')
    tray.add('events', { type: 'bought' }, 50)
    tray.hide()
    expect(beacons.map(({ url }) => url)).toEqual(['/events/beacon'])
    expect(noted()).toMatchObject({ waiting: ['a'], gone: [] })
  })

  it('hands over in the next hour again, and all along what it began an hour with', () => {
    const first = open()
    first.see('a')
    first.tray.hide()
    first.see('b')
    first.tray.hide()
    expect(first.beacons.flatMap(({ flags }) => flags)).toEqual(['a', 'b'])
    now += HOUR_MS
    const second = open()
    second.see('a')
    second.tray.hide()
    expect(second.beacons.flatMap(({ flags }) => flags)).toEqual(['a'])
  })

  it.each([{ mode: 'DEBUG' }, { hasNotes: false }] as const)(
    'hands over where nothing is deduplicated: %o',
    (options) => {
      for (const page of [open(options), open(options)]) {
        page.see('a')
        page.tray.hide()
        expect(page.beacons.flatMap(({ flags }) => flags)).toEqual(['a'])
      }
      expect(noted()).toMatchObject({ waiting: [], gone: [] })
    },
  )

  it.each([{ isOnline: false }, { taken: 0 }])('notes what the browser does not take: %o', (options) => {
    const { tray, see, beacons } = open(options)
    see('a')
    tray.hide()
    expect(beacons).toEqual([])
    expect(noted()).toMatchObject({ waiting: ['a'], gone: [] })
  })

  it('hands over much in several beacons, up to the first that the browser does not take, and notes the rest in order', () => {
    const { tray, see, beacons, told } = open({ taken: 1 })
    const flags = Array.from({ length: 500 }, (_, n) => `flag-${n}`)
    see(...flags)
    tray.hide()
    const taken = beacons.flatMap((beacon) => beacon.flags)
    expect(taken.length).toBeGreaterThan(100)
    expect(taken.length).toBeLessThan(400)
    expect(noted()).toMatchObject({ gone: taken })
    expect([...taken, ...noted().waiting]).toEqual(flags)
    expect(told[0]).toEqual(['impressions', taken.length, 'beacon', 'sent'])
    expect(told.slice(1).every(([, , transport, outcome]) => transport === 'note' && outcome === 'kept')).toBe(true)
    expect(told.reduce((sum, [, count]) => sum + count, 0)).toBe(500)
    expect(new TextEncoder().encode(beacons[0]?.text).length).toBeLessThan(30 * 1024)
  })

  it('hands over nothing again at the next event where the browser ended the script right after a beacon', () => {
    const { tray, see, beacons, browser } = open()
    see('a', 'b')
    tray.add('events', { eventTypeId: 'bought' }, 100)
    browser.endsScript = true
    expect(() => tray.hide()).toThrow('the script has ended')
    browser.endsScript = false
    see('c')
    tray.hide()
    expect(beacons.map(({ url, flags }) => [url, flags[0]])).toEqual([
      ['/impressions/beacon', 'a'],
      ['/impressions/beacon', 'c'],
      ['/events/beacon', undefined],
    ])
    expect(beacons[1]?.flags).toEqual(['c'])
    expect(noted().waiting).toEqual([])
  })

  it('hands over what is big in beacons of its own, as one carries no more than 30 KiB', () => {
    const { tray, beacons } = open()
    for (const size of [15_000, 15_000, 15_000]) tray.add('events', { value: 'x'.repeat(size) }, size)
    tray.hide()
    expect(beacons.map(({ text }) => text.length < 30_000)).toEqual([true, true, true])
  })

  it('keeps the limits of the outbox', () => {
    const { tray, see, beacons } = open({ limits: { maxItems: 2, maxBytes: 1_000 } })
    see('a', 'b', 'c')
    expect(tray.dropped()).toBe(1)
    tray.hide()
    expect(beacons.flatMap(({ flags }) => flags)).toEqual(['b', 'c'])
  })

  it('counts bytes again for what a hide left', () => {
    const { tray, see } = open({ limits: { maxItems: 10, maxBytes: 300 }, taken: 0, hasNotes: false })
    see('a', 'b')
    tray.hide()
    see('c')
    expect(tray.dropped()).toBe(0)
    see('d')
    expect(tray.dropped()).toBe(1)
    tray.forget()
    see('e', 'f', 'g')
    expect(tray.dropped()).toBe(1)
  })

  it('hands over each kind by itself, impressions first, with what was counted until then', () => {
    const { tray, see, beacons, told } = open()
    const counted = [{ f: 'a', m: START, rc: 3 }]
    tray.accumulate('counts', () => counted)
    tray.accumulate('uniqueKeys', () => [{ k: 'user', fs: ['a'] }])
    tray.add('events', { type: 'bought' }, 50)
    tray.dirty('counts')
    see('a')
    tray.hide()
    expect(beacons.map(({ url }) => url)).toEqual(['/impressions/beacon', '/counts/beacon', '/events/beacon'])
    expect(JSON.parse(beacons[1]?.text ?? '')).toMatchObject({ entries: { pf: counted }, token: 'sdk-key' })
    expect(JSON.parse(beacons[2]?.text ?? '')).toMatchObject({ entries: [{ type: 'bought' }], token: 'sdk-key' })
    expect(told).toEqual([
      ['impressions', 1, 'beacon', 'sent'],
      ['counts', 1, 'beacon', 'sent'],
      ['events', 1, 'beacon', 'sent'],
    ])
    // Nothing was counted since.
    tray.hide()
    expect(beacons).toHaveLength(3)
  })

  it('goes on with the next kind where the browser refuses one, and tells what it noted', () => {
    const { tray, see, beacons, told, reasons } = open({ isOnline: false })
    see('a')
    tray.add('events', { type: 'bought' }, 50)
    tray.hide()
    expect([beacons, ...reasons]).toEqual([[], 'hide'])
    expect(told).toEqual([
      ['impressions', 1, 'note', 'kept'],
      ['events', 1, 'note', 'kept'],
    ])
    // It is in the note: the next hide has nothing more to say.
    tray.hide()
    expect(told).toHaveLength(2)
  })

  it.each([{ taken: 100 }, { taken: 0 }])(
    'keeps what a listener records as it hears of the delivery: %o',
    (options) => {
      const { tray, hub, see } = open(options)
      let heard = 0
      hub.on('delivery', () => {
        if (!heard++) see('b')
      })
      see('a')
      tray.hide()
      expect(heard).toBe(1)
      const sunk: string[] = []
      tray.handTo({ add: (_kind, item) => sunk.push((item as ImpressionItem).f), dirty: () => undefined })
      expect(sunk).toEqual(['b'])
    },
  )

  it("keeps what a page's wrapper of sendBeacon records", () => {
    const { tray, browser, beacons, see } = open()
    browser.onBeacon = () => {
      if (beacons.length === 1) see('b')
    }
    see('a')
    tray.hide()
    tray.hide()
    expect(beacons.map(({ flags }) => flags)).toEqual([['a'], ['b']])
  })

  it('says to the outbox what a wrapper of sendBeacon counted', () => {
    const { tray, browser, see } = open()
    browser.onBeacon = () => tray.dirty('counts')
    tray.accumulate('counts', () => [])
    tray.dirty('counts')
    see('a')
    tray.hide()
    const dirty: string[] = []
    tray.handTo({ add: () => undefined, dirty: (kind) => dirty.push(kind) })
    expect(dirty).toEqual(['counts'])
  })

  it('keeps what neither the browser nor a note takes for the outbox, which may still come', () => {
    const { tray, see } = open({ taken: 0, hasNotes: false })
    see('a')
    tray.hide()
    const sunk: unknown[] = []
    tray.handTo({ add: (_kind, item, bytes) => sunk.push([(item as ImpressionItem).f, bytes]), dirty: () => undefined })
    expect(sunk).toEqual([['a', 100]])
  })

  it('keeps what is more than a note may hold, after what is noted', () => {
    const { tray, see, told } = open({ isOnline: false })
    const flags = Array.from({ length: 3_000 }, (_, n) => `${n}-${'f'.repeat(200)}`)
    see(...flags)
    tray.hide()
    const inNote = noted().waiting
    expect(inNote.length).toBeGreaterThan(0)
    expect(told.reduce((sum, [, count]) => sum + count, 0)).toBe(inNote.length)
    const sunk: string[] = []
    tray.handTo({ add: (_kind, item) => sunk.push((item as ImpressionItem).f), dirty: () => undefined })
    expect(sunk.length).toBeGreaterThan(0)
    expect([...inNote, ...sunk]).toEqual(flags)
  })

  it('keeps everything where no note can be written', () => {
    localStorage.setItem('pennon:note:2:of another page', 'x'.repeat(1 << 20))
    const { tray, see, told } = open({ isOnline: false })
    see('a')
    tray.hide()
    expect(told).toEqual([])
    const sunk: string[] = []
    tray.handTo({ add: (_kind, item) => sunk.push((item as ImpressionItem).f), dirty: () => undefined })
    expect(sunk).toEqual(['a'])
  })

  it('forgets what it has, and takes nothing after a decline', () => {
    const { tray, see, beacons, consent } = open()
    see('a')
    tray.dirty('counts')
    tray.accumulate('counts', () => [{ f: 'a', m: START, rc: 1 }])
    tray.forget()
    tray.hide()
    expect(beacons).toEqual([])
    consent.set('declined')
    see('b')
    consent.set('granted')
    tray.hide()
    expect(beacons).toEqual([])
    see('c')
    tray.forget()
    const sunk: unknown[] = []
    tray.handTo({ add: (...given) => sunk.push(given), dirty: (kind) => sunk.push(kind) })
    expect(sunk).toEqual([])
  })

  it('hears that the page goes until it is told to stop', () => {
    const { tray, see, beacons } = open()
    const heard = new Set<() => void>()
    const page = {
      onHide(hide: () => void) {
        heard.add(hide)
        return () => heard.delete(hide)
      },
    }
    const stop = tray.start(page as never)
    see('a')
    for (const hide of heard) hide()
    expect(beacons).toHaveLength(1)
    stop()
    expect(heard.size).toBe(0)
  })

  it('says nothing to anybody before the user agreed', () => {
    const { tray, see, beacons } = open({ consent: 'unknown' })
    see('a')
    tray.hide()
    expect(beacons).toEqual([])
    expect({ ...localStorage }).toEqual({})
  })
})

it('hands everything to the outbox once that is there', () => {
  const { tray, see, beacons } = open()
  see('a')
  tray.dirty('counts')
  const sunk: unknown[] = []
  tray.handTo({ add: (kind, item) => sunk.push([kind, (item as ImpressionItem).f]), dirty: (kind) => sunk.push(kind) })
  see('b')
  tray.hide()
  tray.dirty('uniqueKeys')
  expect(sunk).toEqual([['impressions', 'a'], 'counts', ['impressions', 'b'], 'uniqueKeys'])
  expect(beacons).toEqual([])
})

it('hears of no hide from then on', () => {
  const { tray } = open()
  const heard = new Set<() => void>()
  const onHide = (hide: () => void) => {
    heard.add(hide)
    return () => heard.delete(hide)
  }
  tray.start({ onHide } as never)
  tray.handTo({ add: () => undefined, dirty: () => undefined })
  expect(heard.size).toBe(0)
  tray.start({ onHide } as never)
  expect(heard.size).toBe(0)
})
