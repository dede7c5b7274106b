import { createHideNotes, type HideNotes } from '../../../../src/browser/hideNote'
import { createCounter } from '../../../../src/impressions/counter'
import { packing } from '../../../../src/impressions/packing'
import { createUniqueKeys } from '../../../../src/impressions/uniqueKeys'
import { createDelivery, type Delivery } from '../../../../src/late/delivery/delivery'
import { createBroadcast } from '../../../../src/browser/broadcast'
import { createChannels } from '../../../../src/late/channels'
import { createHub } from '../../../../src/shared/hub'
import { createLog, plainly } from '../../../../src/shared/log'
import type { Clock } from '../../../../src/browser/clock'
import type { KeyValue } from '../../../../src/browser/keyValue'
import type { Page } from '../../../../src/browser/page'
import type { Locks } from '../../../../src/browser/locks'
import type { CountItem, ImpressionItem, ImpressionsMode } from '../../../../src/impressions/types'
import type { PostAnswer } from '../../../../src/late/delivery/verdictOf'
import type { NamedOutbox } from '../../../../src/late/types'
import type { Consent, Delivery as Told } from '../../../../src/shared/types'

/** What happens to a request: whether it takes effect at the server, and what the page hears of it. */
export interface Fate extends PostAnswer {
  arrives: boolean
  status: number | undefined
}

export const OK: Fate = { arrives: true, status: 200 }

/** A post that was not answered yet. */
export interface Pending {
  readonly page: TestPage
  /** How many lives of its page had ended by then. */
  readonly life: number
  readonly at: number
  /** When it was sent, in monotonic time. */
  readonly since: number
  readonly url: string
  readonly body: string
  readonly keepalive: boolean
  readonly headers: Record<string, string>
  answer(fate: Fate): void
  /** The page gave it up. */
  isCut(): boolean
}

export interface TestPage {
  readonly delivery: Delivery
  readonly deliveries: Told[]
  readonly logged: string[]
  isAlive: boolean
  isVisible: boolean
  /** In the bfcache, where no timer runs. */
  isFrozen: boolean
  isPrerendering: boolean
  /** How many of its lives have ended. */
  lives: number
  consent: Consent
  /** Records one impression; its flag is its identity. */
  impression(flag: string, padding?: number): void
  /** A repetition of the flag: counted. */
  count(flag: string): void
  /** The outbox of an integration. */
  named(name: string): NamedOutbox
  setConsent(consent: Consent): void
  hide(): void
  show(): void
  /** `beforeunload`, and the user stays, or it was a download. */
  stay(): void
  /** Into the bfcache and back from there. */
  freeze(): void
  thaw(): void
  /** The page's own policy blocked a request to this URL. */
  block(url: string): void
  /** A prerendered page is shown. */
  activate(): void
  /** Goes away properly, without bfcache. */
  leave(): void
  /** As a tab that is closed: in Firefox the script ends at its first call of localStorage after `beforeunload`. */
  close(): void
  /** Is hidden, and then thrown away without another event, as phones do. */
  discard(): void
  /** Dies: no event, no task, nothing that was not committed. */
  crash(): void
}

interface WorldOptions {
  mode?: ImpressionsMode
  engine?: 'chromium' | 'firefox' | 'webkit'
  isStored?: boolean
  hasLocks?: boolean
  hasDatabase?: boolean
  hasBroadcast?: boolean
  limits?: { maxBytes?: number; maxItems?: number; maxAgeMs?: number; flushBytes?: number }
  /** Answers posts at once; without it they are pending. */
  fate?: (request: { url: string; body: string }) => Fate
}

const DATABASE = 'pennon-outbox-2'
/** A page that asks so often for the time, and lets no other task run meanwhile, never ends. */
const MOST_ASKED = 100_000

/** Pages of one browser, their common database, localStorage and locks, and a server: all in memory, on a clock of its own. */
export async function createWorld(options: WorldOptions = {}) {
  const { mode = 'OPTIMIZED', engine = 'chromium', hasLocks = true, hasDatabase = true, hasBroadcast = true } = options
  const id = Math.random()
  const openDatabase = async (name: string) => {
    const request = indexedDB.open(`${name}-${id}`)
    request.onupgradeneeded = () => request.result.createObjectStore('entries')
    return promised(request)
  }
  const database = await openDatabase('outbox')
  // Of all pages: a transaction that has to wait for another dies with its page, though it is committed (Chromium 156).
  const underWay = new Set<IDBTransaction>()
  let now = 1_700_000_000_000
  let elapsed = 0
  /** How often pages asked for the time since another task could run. */
  let timesAsked = 0
  let timers: { at: number; run: () => void; page: TestPage }[] = []
  const pages: TestPage[] = []
  const pending: Pending[] = []
  const held = new Map<string, TestPage>()
  const asked = new Set<string>()
  const texts = new Map<string, string>()
  Object.assign(globalThis, { localStorage: createStorage(texts) })
  // What ever was on disk, or in a note: a crash may not lose it.
  const everStored = new Set<string>()

  const world = {
    isOnline: true,
    storageFails: false,
    notesFail: false,
    /** Whether the browser never answers a request for this lock. */
    hangsLock: (_name: string): boolean => false,
    databaseNames: async (): Promise<string[] | undefined> => [DATABASE],
    /** The databases of earlier versions. */
    openOther: (_name: string): KeyValue | undefined => undefined,
    /** The names of databases that pages opened. */
    opened: [] as string[],
    /** A page of another version says this to all others. Resolves once they have heard it. */
    async say(text: string) {
      await new Promise<void>((resolve) => {
        const end = createBroadcast(`world ${id}`).listen(() => resolve(end()))
        createBroadcast(`world ${id}`).send(text)
      })
      await settle()
    },
    acceptsBeacon: (_body: string): boolean => true,
    /** The browser ends the script right after the next beacon that it takes, as a closing Firefox may. The page hears the next event. */
    endsScript: false,
    fate: options.fate,
    received: [] as { flag: string; by: 'fetch' | 'beacon'; item: ImpressionItem }[],
    counted: new Map<string, number>(),
    posts: [] as { url: string; body: string; keepalive: boolean; headers: Record<string, string> }[],
    beacons: [] as { url: string; body: string }[],
    /** What living pages were answered. */
    heard: [] as { url: string; at: number; answer: PostAnswer }[],
    pending,
    everStored,
    pages,
    /** Keys and texts of what pages noted. */
    notes: () => [...texts].filter(([key]) => key.startsWith('pennon:note')),
    now: () => now,
    elapsed: () => elapsed,
    /** How many timers of a page still run. */
    timersOf: (page: TestPage) => timers.filter((timer) => timer.page === page).length,
    /** Sets the clock of the computer. */
    jump: (ms: number) => void (now += ms),
    open,
    settle,
    /** Lets time pass for all pages that live. */
    async pass(ms: number) {
      const end = elapsed + ms
      for (;;) {
        await settle()
        timers = timers.filter(({ page }) => page.isAlive)
        const next = timers.filter(({ at, page }) => at <= end && !page.isFrozen).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers.splice(timers.indexOf(next), 1)
        goTo(Math.max(elapsed, next.at))
        next.run()
      }
      goTo(end)
      await settle()
    },
    /** All records, as they lie in the database. */
    async disk(): Promise<{ key: IDBValidKey[]; value: { kind?: string; items?: { f: string; r?: string }[] } }[]> {
      const store = database.transaction('entries').objectStore('entries')
      const [keys, values] = await Promise.all([promised(store.getAllKeys()), promised(store.getAll())])
      return keys.map((key, n) => ({ key: key as IDBValidKey[], value: values[n] as never }))
    },
    async batchesOnDisk() {
      return (await world.disk()).filter(({ key }) => key[0] === 'batch')
    },
    async flagsOnDisk(): Promise<string[]> {
      const records = await world.batchesOnDisk()
      return records
        .filter(({ value }) => value.kind === 'impressions')
        .flatMap(({ value }) => (value.items ?? []).map(({ f }) => f))
    },
    close() {
      for (const page of pages) page.isAlive = false
      database.close()
    },
  }
  function goTo(time: number) {
    now += time - elapsed
    elapsed = time
  }

  let active = 0
  async function settle() {
    // Transactions of fake-indexeddb take a few turns each.
    for (let idle = 0; idle < 4; idle = active ? 0 : idle + 1) {
      await new Promise((resolve) => setImmediate(resolve))
      timesAsked = 0
    }
  }

  /** What reached the server and was taken. */
  function take(url: string, entries: unknown, by: 'fetch' | 'beacon') {
    if (/testImpressions\/(bulk|beacon)/.test(url)) {
      for (const { f, i } of entries as { f: string; i: ImpressionItem[] }[]) {
        for (const item of i) world.received.push({ flag: f, by, item: { ...item, f } })
      }
    } else if (url.includes('count')) {
      for (const { f, rc } of (entries as { pf: CountItem[] }).pf) {
        world.counted.set(f, (world.counted.get(f) ?? 0) + rc)
      }
    }
  }

  function open({
    consent = 'granted',
    labelsEnabled = true,
    isPrerendering = false,
    isStored = options.isStored ?? true,
  }: {
    consent?: Consent
    labelsEnabled?: boolean
    isPrerendering?: boolean
    isStored?: boolean
  } = {}): TestPage {
    const clock: Clock = {
      now: () => now,
      elapsed() {
        if (timesAsked++ > MOST_ASKED) throw new Error('a page keeps the browser busy for ever')
        return elapsed
      },
      after(ms, run) {
        const timer = { at: elapsed + ms, run, page }
        timers.push(timer)
        return () => void (timers = timers.filter((other) => other !== timer))
      },
      whenIdle: (ms, run) => clock.after(ms, run),
    }
    const transactions = new Set<IDBTransaction>()
    // A page that goes, in an engine that keeps its deletions and not its puts.
    let losesPuts = false
    let diesAtStorage = false
    const keyValue: KeyValue = {
      async transact(txMode, work) {
        if (!page.isAlive) return new Promise(() => undefined)
        if (world.storageFails) throw new Error('storage failed')
        active++
        // As idb-keyval, which has the database from a promise.
        await Promise.resolve()
        if (!page.isAlive) return new Promise(() => active--)
        const hasLostPuts = losesPuts
        const transaction = database.transaction('entries', txMode)
        transactions.add(transaction)
        underWay.add(transaction)
        const end = () => {
          transactions.delete(transaction)
          underWay.delete(transaction)
        }
        const { commit, abort } = transaction
        transaction.commit = () => {
          // One that waits for another is not given the time.
          if (underWay.size > 1) return
          end()
          commit.call(transaction)
        }
        transaction.abort = () => {
          end()
          abort.call(transaction)
        }
        const store = transaction.objectStore('entries')
        const put = store.put.bind(store)
        store.put = (value: unknown, key?: IDBValidKey) => {
          if (hasLostPuts) return {} as IDBRequest<IDBValidKey>
          transaction.addEventListener('complete', () => {
            const { items = [], kind } = value as { items?: { f: string }[]; kind?: string }
            if (kind === 'impressions') for (const { f } of items) everStored.add(f)
          })
          return put(structuredClone(value), key)
        }
        const done = new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve()
          transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
        }).finally(() => {
          active--
          end()
        })
        const works = async () => {
          try {
            return await work(store)
          } catch (fault) {
            transaction.abort()
            throw fault
          }
        }
        const settled = Promise.all([works(), done]).then(([result]) => result)
        return settled.then(
          (result) => (page.isAlive ? result : new Promise(() => undefined)),
          (fault: unknown) => (page.isAlive ? Promise.reject(fault as Error) : new Promise(() => undefined)),
        )
      },
      isOpen: () => true,
      suspend: () => undefined,
      close: () => undefined,
    }
    const releaseAll = () => {
      for (const [name, owner] of held) if (owner === page) held.delete(name)
    }
    /** Whether it holds the lock of its present life. */
    let holdsOwn = false
    const locks: Locks = {
      async take(name) {
        if (!page.isAlive || world.hangsLock(name)) return new Promise(() => undefined)
        if (held.has(name)) return undefined
        // Nobody else knows the name of a life before its page has asked for the lock.
        const isOwn = !asked.has(name)
        asked.add(name)
        held.set(name, page)
        holdsOwn ||= isOwn
        return () => {
          held.delete(name)
          if (!isOwn) return
          holdsOwn = false
          page.lives++
        }
      },
      held: async () => [...held.keys()],
    }
    const real = createHideNotes('scope', () => now)
    const atStorage = <T>(act: () => T, otherwise: T): T => {
      if (diesAtStorage) die()
      return page.isAlive && !world.notesFail ? act() : otherwise
    }
    const notes: HideNotes = {
      lives: () => atStorage(real.lives, []),
      read: (life) => atStorage(() => real.read(life), undefined),
      write: (life, text) =>
        atStorage(() => {
          const isWritten = real.write(life, text)
          // Names of flags stand in it as they are.
          if (isWritten) for (const [flag] of text.matchAll(/flag-\d+/g)) everStored.add(flag)
          return isWritten
        }, false),
      remove: (life) => atStorage(() => real.remove(life), undefined),
      forget: () => atStorage(real.forget, undefined),
      expire: (before) => atStorage(() => real.expire(before), undefined),
      openHour: (hour) => atStorage(() => real.openHour(hour), true),
      markFailing: (url, isFailing) => atStorage(() => real.markFailing(url, isFailing), undefined),
      failingSince: (url) => atStorage(() => real.failingSince(url), 0),
    }
    const counter = createCounter(() => delivery.dirty('counts'))
    const uniqueKeys = createUniqueKeys(() => delivery.dirty('uniqueKeys'))
    const endpoint = (path: string) => ({
      url: `https://e${path}`,
      beaconUrl: `https://e${path.replace('/bulk', '')}/beacon`,
    })
    const channels = createChannels({
      packing,
      endpoints: {
        impressions: endpoint('/testImpressions/bulk'),
        counts: endpoint('/testImpressions/count'),
        uniqueKeys: endpoint('/v1/keys/cs'),
        events: endpoint('/events/bulk'),
      },
      settings: {
        impressionsMode: mode,
        labelsEnabled,
        impressionsFlushMs: 300_000,
        countsFlushMs: 1_800_000,
        uniqueKeysFlushMs: 900_000,
        eventsFlushMs: 60_000,
      },
      counter,
      uniqueKeys,
    })
    const deliveries: Told[] = []
    const logged: string[] = []
    const say = (line: string) => void logged.push(line)
    const log = createLog({ debug: say, info: say, warn: say, error: say }, 'info')
    log.speak(plainly)
    const hub = createHub(log)
    hub.on('delivery', (told) => deliveries.push(told))
    const hears = { hide: new Set(), restore: new Set(), change: new Set(), activate: new Set(), blocked: new Set() }
    const listen = (kind: keyof typeof hears) => (listener: unknown) => {
      hears[kind].add(listener)
      return () => void hears[kind].delete(listener)
    }
    const tell = (kind: keyof typeof hears, detail?: string) => {
      for (const listener of [...hears[kind]]) (listener as (detail?: string) => void)(detail)
    }
    const events: Page = {
      isActive: () => world.isOnline && page.isVisible,
      isOnline: () => world.isOnline,
      losesPosts: () => engine === 'firefox',
      isHidden: () => !page.isVisible,
      onHide: listen('hide'),
      soon: queueMicrotask,
      onRestore: listen('restore'),
      onChange: listen('change'),
      onFreeze: () => () => undefined,
      onBlocked: listen('blocked'),
      whenActivated(run) {
        if (page.isPrerendering) return listen('activate')(run)
        run()
        return () => undefined
      },
    }
    const tellHide = (moment: string) => {
      // A life without a lock ends at each of these events, but for a hidden page without consent.
      const ends = !holdsOwn && (moment !== 'hidden' || page.consent === 'granted')
      tell('hide', moment)
      if (ends) page.lives++
    }
    const delivery = createDelivery({
      scope: 'scope',
      sdkKey: 'sdk-key',
      mode,
      limits: {
        maxBytes: 8 << 20,
        maxItems: 50_000,
        maxAgeMs: 7 * 86_400_000,
        flushBytes: 48 * 1024,
        ...options.limits,
      },
      requestTimeoutMs: 5_000,
      packing,
      channels,
      isStored,
      openDatabase(name) {
        world.opened.push(name)
        if (name !== DATABASE) return world.openOther(name)
        return hasDatabase ? keyValue : undefined
      },
      databaseNames: () => world.databaseNames(),
      deleteDatabase: () => undefined,
      locks: hasLocks ? locks : undefined,
      notes,
      broadcast: hasBroadcast ? createBroadcast(`world ${id}`) : undefined,
      post(url, body, { keepalive, headers, signal }) {
        world.posts.push({ url, body, keepalive, headers })
        return new Promise<PostAnswer>((resolve) => {
          const abort = () => resolve({})
          const request: Pending = {
            page,
            life: page.lives,
            at: now,
            since: elapsed,
            url,
            body,
            keepalive,
            headers,
            answer({ arrives, ...answer }) {
              if (pending.includes(request)) pending.splice(pending.indexOf(request), 1)
              if (arrives) take(url, JSON.parse(body), 'fetch')
              if (!page.isAlive || signal.aborted) return
              world.heard.push({ url, at: now, answer })
              signal.removeEventListener('abort', abort)
              resolve(answer)
            },
            isCut: () => signal.aborted,
          }
          pending.push(request)
          signal.addEventListener('abort', abort)
          if (world.fate) request.answer(world.fate({ url, body }))
        })
      },
      beacon: {
        transport: 'beacon',
        send(url, body, carried, sent) {
          if (!page.isAlive || !world.acceptsBeacon(body)) return false
          world.beacons.push({ url, body })
          take(url, (JSON.parse(body) as { entries: unknown }).entries, 'beacon')
          sent.push(...carried)
          if (!world.endsScript) return true
          world.endsScript = false
          throw new Error('the script has ended')
        },
      },
      clock,
      page: events,
      consent: {
        get isGranted() {
          return page.consent === 'granted'
        },
        get isDeclined() {
          return page.consent === 'declined'
        },
      },
      onDeclined: () => page.setConsent('declined'),
      hub,
      onStorageFault: (fault) => log.once('warn', 'outbox', String(fault)),
      log,
    })
    function die() {
      page.isAlive = false
      releaseAll()
      for (const transaction of transactions) {
        try {
          transaction.abort()
        } catch {
          // It was complete.
        }
      }
    }
    // The microtask in which a transaction is made and committed still runs; nothing else does.
    const dieSoon = () => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => queueMicrotask(die))))
    const page: TestPage = {
      delivery,
      deliveries,
      logged,
      isAlive: true,
      isVisible: !isPrerendering,
      isFrozen: false,
      isPrerendering,
      lives: 0,
      consent,
      impression: (flag, padding = 0) =>
        delivery.add(
          'impressions',
          { f: flag, k: 'user', t: 'on', m: now, c: 1, r: 'rule'.padEnd(padding, 'x') } satisfies ImpressionItem,
          110 + flag.length + padding,
        ),
      count: (flag) => counter.increment(counter.cell(flag, now)),
      named: (name) => delivery.namedOutbox(name),
      setConsent(next) {
        page.consent = next
        if (next === 'granted') delivery.onGranted()
        else delivery.forget()
      },
      hide() {
        page.isVisible = false
        tellHide('hidden')
        tell('change')
      },
      show() {
        page.isVisible = true
        tell('change')
      },
      stay: () => tellHide('beforeunload'),
      freeze() {
        tellHide('beforeunload')
        tellHide('pagehide')
        page.isVisible = false
        tellHide('hidden')
        page.isFrozen = true
      },
      thaw() {
        page.isVisible = true
        page.isFrozen = false
        tell('restore')
        tell('change')
      },
      block: (url) => tell('blocked', url),
      activate() {
        page.isPrerendering = false
        page.isVisible = true
        tell('activate')
      },
      leave() {
        losesPuts = engine === 'webkit'
        tellHide('beforeunload')
        tellHide('pagehide')
        tellHide('hidden')
        dieSoon()
      },
      close() {
        losesPuts = engine === 'webkit'
        tellHide('beforeunload')
        diesAtStorage = engine === 'firefox'
        if (page.isAlive) tellHide('hidden')
        if (page.isAlive) tellHide('pagehide')
        dieSoon()
      },
      discard() {
        losesPuts = engine === 'webkit'
        page.hide()
        dieSoon()
      },
      crash: die,
    }
    pages.push(page)
    delivery.start()
    return page
  }

  return world
}

export type World = Awaited<ReturnType<typeof createWorld>>

function createStorage(texts: Map<string, string>) {
  return {
    get length() {
      return texts.size
    },
    key: (n: number) => [...texts.keys()][n] ?? null,
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  }
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('failed'))
  })
}
