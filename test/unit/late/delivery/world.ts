import { createImpressionChannels } from '../../../../src/late/delivery/impressionChannels'
import { createCounter } from '../../../../src/impressions/counter'
import { createUniqueKeys } from '../../../../src/impressions/uniqueKeys'
import { createLog, plainly } from '../../../../src/shared/log'
import { createNamedOutbox } from '../../../../src/late/delivery/namedOutbox'
import { createOutbox, type Outbox } from '../../../../src/late/delivery/outbox'
import { createOutboxStore } from '../../../../src/late/delivery/outboxStore'
import { createSender, type Sender } from '../../../../src/late/delivery/sender'
import type { Clock } from '../../../../src/browser/clock'
import type { KeyValue } from '../../../../src/browser/keyValue'
import type { PageLock } from '../../../../src/browser/locks'
import type { CountItem, ImpressionItem, ImpressionsMode } from '../../../../src/impressions/types'
import type { HttpAnswer } from '../../../../src/late/http'
import type { Consent, Delivery } from '../../../../src/shared/types'
import type { NamedOutbox } from '../../../../src/late/types'

/** What happens to a request: whether it takes effect at the server, and what the page hears of it. */
export interface Fate {
  arrives: boolean
  status: number | undefined
  retryAfterMs?: number
}

export const OK: Fate = { arrives: true, status: 200 }

/** A post that was not answered yet. */
export interface Pending {
  readonly page: TestPage
  readonly url: string
  readonly body: string
  readonly keepalive: boolean
  readonly headers: Record<string, string>
  answer(fate: Fate): void
}

export interface TestPage {
  readonly outbox: Outbox
  readonly sender: Sender
  readonly deliveries: Delivery[]
  readonly logged: string[]
  isAlive: boolean
  isVisible: boolean
  /** In the bfcache, where no timer runs. */
  isFrozen: boolean
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
  /** Into the bfcache and back from there. */
  freeze(): void
  thaw(): void
  /** Goes away properly, without bfcache. */
  leave(): void
  /** Dies: no event, no task, nothing that was not committed. */
  crash(): void
}

interface WorldOptions {
  mode?: ImpressionsMode
  hasStorage?: boolean
  labelsEnabled?: boolean
  limits?: { maxBytes?: number; maxItems?: number; maxAgeMs?: number; flushBytes?: number }
  /** Answers posts at once; without it they are pending. */
  fate?: (request: { url: string; body: string }) => Fate
}

/** Pages of one browser, their common database and locks, and a server: all in memory, on a clock of its own. */
export async function createWorld(options: WorldOptions = {}) {
  const { mode = 'OPTIMIZED', hasStorage = true, labelsEnabled = true } = options
  const id = Math.random()
  const openDatabase = async (name: string) => {
    const request = indexedDB.open(`${name}-${id}`)
    request.onupgradeneeded = () => request.result.createObjectStore('entries')
    return promised(request)
  }
  const databases = new Map([['outbox', await openDatabase('outbox')]])
  // Of all pages, by database: one that has to wait for another dies with its page. So it is in Chromium 156.
  const underWay = new Map<string, Set<IDBTransaction>>()
  let now = 1_700_000_000_000
  let pageNumber = 0
  let timers: { at: number; run: () => void; page: TestPage }[] = []
  const pages: TestPage[] = []
  const pending: Pending[] = []
  const held = new Map<string, TestPage>()
  let waiting: { name: string; page: TestPage; take: (isHeld: boolean) => void }[] = []
  // What ever was on disk: a crash may not lose it.
  const everStored = new Set<string>()

  const world = {
    isOnline: true,
    storageFails: false,
    /** What a page wrote as it went away had to wait for another page. */
    hadToWait: false,
    /** Bytes that beacons may still carry, or a function that decides. */
    acceptsBeacon: (_body: string): boolean => true,
    fate: options.fate,
    received: [] as { flag: string; by: 'fetch' | 'beacon'; item: ImpressionItem }[],
    counted: new Map<string, number>(),
    posts: [] as { url: string; body: string; keepalive: boolean; headers: Record<string, string> }[],
    beacons: [] as { url: string; body: string }[],
    pending,
    everStored,
    pages,
    now: () => now,
    open,
    settle,
    /** Lets time pass for all pages that live. */
    async pass(ms: number) {
      const end = now + ms
      for (;;) {
        await settle()
        timers = timers.filter(({ page }) => page.isAlive)
        const next = timers.filter(({ at, page }) => at <= end && !page.isFrozen).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers.splice(timers.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
      await settle()
    },
    /** All records, as they lie in the database. */
    async disk(): Promise<{ key: IDBValidKey[]; value: { items?: { f: string; r?: string }[] } }[]> {
      const records = new Map<string, { key: IDBValidKey[]; value: never }>()
      for (const database of databases.values()) {
        const store = database.transaction('entries').objectStore('entries')
        const [keys, values] = await Promise.all([promised(store.getAllKeys()), promised(store.getAll())])
        // What is being moved is there twice.
        keys.forEach((key, n) =>
          records.set(JSON.stringify(key), { key: key as IDBValidKey[], value: values[n] as never }),
        )
      }
      return [...records.values()]
    },
    async flagsOnDisk(): Promise<string[]> {
      const records = await world.disk()
      return records
        .filter(({ key, value }) => key[0] === 'batch' && (value as { kind?: string }).kind === 'impressions')
        .flatMap(({ value }) => (value.items ?? []).map(({ f }) => f))
    },
    close() {
      for (const page of pages) page.isAlive = false
      for (const database of databases.values()) database.close()
    },
  }

  let active = 0
  async function settle() {
    // Transactions of fake-indexeddb take a few turns each.
    for (let idle = 0; idle < 4; idle = active ? 0 : idle + 1) await new Promise((resolve) => setImmediate(resolve))
  }

  /** A lock goes to who has waited longest for it. */
  function free(name: string) {
    held.delete(name)
    const next = waiting.find((it) => it.name === name)
    if (!next) return
    waiting.splice(waiting.indexOf(next), 1)
    held.set(name, next.page)
    next.take(true)
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
    itsMode = mode,
  }: { consent?: Consent; itsMode?: ImpressionsMode } = {}): TestPage {
    let pageId = `page-${pageNumber++}`
    const clock: Clock = {
      now: () => now,
      elapsed: () => now,
      after(ms, run) {
        const timer = { at: now + ms, run, page }
        timers.push(timer)
        return () => void (timers = timers.filter((other) => other !== timer))
      },
      whenIdle: (ms, run) => clock.after(ms, run),
    }
    const transactions = new Set<IDBTransaction>()
    const createKeyValue = (name: string): KeyValue => {
      const all = underWay.get(name) ?? new Set()
      underWay.set(name, all)
      const end = (transaction: IDBTransaction) => {
        transactions.delete(transaction)
        all.delete(transaction)
      }
      let isOpen = false
      return {
        async transact(txMode, work) {
          if (!page.isAlive) return new Promise(() => undefined)
          if (world.storageFails) throw new Error('storage failed')
          active++
          let database = databases.get(name)
          if (!database) databases.set(name, (database = await openDatabase(name)))
          // As idb-keyval, which has the database from a promise.
          else await Promise.resolve()
          if (!page.isAlive) return new Promise(() => active--)
          isOpen = true
          const transaction = database.transaction('entries', txMode)
          transactions.add(transaction)
          all.add(transaction)
          // What is committed survives the page, unless it waits for another one.
          const { commit, abort } = transaction
          let hasBatches = false
          transaction.commit = () => {
            if (all.size > 1) {
              // A page that is left before it has a hide slot takes its chance.
              world.hadToWait ||= hasBatches
              return
            }
            end(transaction)
            commit.call(transaction)
          }
          transaction.abort = () => {
            end(transaction)
            abort.call(transaction)
          }
          const store = transaction.objectStore('entries')
          const put = store.put.bind(store)
          store.put = (value: unknown, key?: IDBValidKey) => {
            hasBatches ||= (key as IDBValidKey[])[0] === 'batch'
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
            end(transaction)
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
        isOpen: () => isOpen,
        suspend: () => void (isOpen = false),
        close: () => undefined,
      }
    }
    const createPageLock = (prefix: string): PageLock => ({
      async hold(name) {
        if (!page.isAlive) return new Promise(() => undefined)
        if (held.has(prefix + name)) return false
        held.set(prefix + name, page)
        return true
      },
      stopWaiting() {
        for (const { take } of waiting.filter((it) => it.page === page && it.name.startsWith(prefix))) take(false)
        waiting = waiting.filter((it) => it.page !== page || !it.name.startsWith(prefix))
      },
      wait: (name) => new Promise((take) => waiting.push({ name: prefix + name, page, take })),
      letGo(only) {
        for (const [name, owner] of held) {
          if (owner === page && name.startsWith(prefix + (only ?? ''))) free(name)
        }
        if (only) return
        for (const { take } of waiting.filter((it) => it.page === page && it.name.startsWith(prefix))) take(false)
        waiting = waiting.filter((it) => it.page !== page || !it.name.startsWith(prefix))
      },
    })
    const outboxDatabase = createKeyValue('outbox')
    const pageLock = createPageLock('page:')
    const counter = createCounter(() => outbox.dirty('counts'))
    const uniqueKeys = createUniqueKeys(() => outbox.dirty('uniqueKeys'))
    const endpoint = (path: string) => ({
      url: `https://e${path}`,
      beaconUrl: `https://e${path.replace('/bulk', '')}/beacon`,
    })
    const channels = createImpressionChannels({
      urls: {
        impressions: endpoint('/testImpressions/bulk'),
        counts: endpoint('/testImpressions/count'),
        uniqueKeys: endpoint('/v1/keys/cs'),
      },
      flushMs: { impressions: 300_000, counts: 1_800_000, uniqueKeys: 900_000 },
      mode: itsMode,
      labelsEnabled,
      counter,
      uniqueKeys,
    })
    const deliveries: Delivery[] = []
    const logged: string[] = []
    const say = (line: string) => void logged.push(line)
    const log = createLog({ debug: say, info: say, warn: say, error: say }, 'info')
    log.speak(plainly)
    const listeners = new Set<() => void>()
    const outbox = createOutbox({
      channels,
      store: hasStorage
        ? createOutboxStore(outboxDatabase, 'scope', {
            prefix: 'hide-',
            open: createKeyValue,
            databaseNames: async () => [...databases.keys()],
            lock: createPageLock('slot:'),
            onLeft: () => void sender.drain(),
          })
        : undefined,
      clock,
      pageId,
      mode: itsMode,
      consent: () => page.consent,
      limits: {
        maxBytes: 8 << 20,
        maxItems: 50_000,
        maxAgeMs: 7 * 86_400_000,
        flushBytes: 48 * 1024,
        ...options.limits,
      },
      onFull: () => void sender.flush('full'),
      onGone: (kind, items, outcome) =>
        deliveries.push({ kind, count: items.length, items, reason: 'full', transport: 'disk', outcome }),
      onFault: (fault) => log.once('warn', 'outbox', String(fault)),
    })
    const sender = createSender({
      channels,
      outbox,
      pageLock: hasStorage ? pageLock : undefined,
      http: {
        get: () => Promise.reject(new Error('not here')),
        post(url, body, { keepalive = false, headers = {} } = {}) {
          world.posts.push({ url, body, keepalive, headers })
          return new Promise<HttpAnswer>((resolve) => {
            const request: Pending = {
              page,
              url,
              body,
              keepalive,
              headers,
              answer({ arrives, status, retryAfterMs }) {
                if (pending.includes(request)) pending.splice(pending.indexOf(request), 1)
                if (arrives) take(url, JSON.parse(body), 'fetch')
                if (page.isAlive) resolve({ status, retryAfterMs, json: () => undefined })
              },
            }
            pending.push(request)
            if (world.fate) request.answer(world.fate({ url, body }))
          })
        },
      },
      beacon: {
        transport: 'beacon',
        send(url, body) {
          if (!world.acceptsBeacon(body)) return false
          world.beacons.push({ url, body })
          take(url, (JSON.parse(body) as { entries: unknown }).entries, 'beacon')
          return true
        },
      },
      clock,
      page: {
        isActive: () => world.isOnline && page.isVisible,
        isOnline: () => world.isOnline,
        onChange(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      pageId,
      sdkKey: 'sdk-key',
      consent: () => page.consent,
      onDelivery: (delivery) => deliveries.push(delivery),
      log,
    })
    const die = () => {
      page.isAlive = false
      waiting = waiting.filter((it) => it.page !== page)
      for (const [name, owner] of held) if (owner === page) free(name)
      for (const transaction of transactions) {
        try {
          transaction.abort()
        } catch {
          // It was complete.
        }
      }
    }
    const page: TestPage = {
      outbox,
      sender,
      deliveries,
      logged,
      isAlive: true,
      isVisible: true,
      isFrozen: false,
      consent,
      impression: (flag, padding = 0) =>
        outbox.add(
          'impressions',
          { f: flag, k: 'user', t: 'on', m: now, c: 1, r: 'rule'.padEnd(padding, 'x') } satisfies ImpressionItem,
          110 + flag.length + padding,
        ),
      count: (flag) => counter.increment(counter.cell(flag, now)),
      named: (name) => createNamedOutbox({ name, outbox, addChannel: sender.addChannel, clock, log }),
      setConsent(next) {
        page.consent = next
        if (next === 'granted') void outbox.write()
        else outbox.clear()
      },
      hide() {
        page.isVisible = false
        sender.hide(false)
        for (const listener of listeners) listener()
      },
      show() {
        page.isVisible = true
        for (const listener of listeners) listener()
      },
      freeze() {
        page.isVisible = false
        sender.hide(true)
        sender.hide(false)
        sender.freeze()
        page.isFrozen = true
      },
      thaw() {
        page.isVisible = true
        page.isFrozen = false
        pageId = `page-${pageNumber++}`
        sender.resume(pageId)
      },
      leave() {
        sender.hide(true)
        sender.hide(false)
        // The microtask in which the transaction is made and committed still runs; nothing else does.
        queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => queueMicrotask(die))))
      },
      crash: die,
    }
    pages.push(page)
    sender.start()
    return page
  }

  return world
}

export type World = Awaited<ReturnType<typeof createWorld>>

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('failed'))
  })
}
