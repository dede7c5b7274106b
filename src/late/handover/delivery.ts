import { createBroadcast } from '../../browser/broadcast'
import { createDedupe } from './dedupe'
import { createDoubts } from './doubts'
import { createEndpoints } from './endpoints'
import { createHide } from './hide'
import { createKeepaliveBudget } from './keepaliveBudget'
import { createLeftovers } from './leftovers'
import { createLife } from './life'
import { createNamedOutbox } from './namedOutbox'
import { createOutbox } from './outbox'
import { createOutboxStore } from './outboxStore'
import { createPost } from './post'
import { takeOverPredecessor } from './predecessor'
import { createWriteAhead } from './writeAhead'
import type { Beacon } from '../../browser/beacon'
import type { Clock } from '../../browser/clock'
import type { HideNotes } from '../../browser/hideNote'
import type { KeyValue } from '../../browser/keyValue'
import type { PageEvents } from '../../browser/pageEvents'
import type { Locks } from '../../browser/webLocks'
import type { Log } from '../../shared/log'
import type { Consent, Delivery as Told, FlushReason } from '../../shared/types'
import type { NamedOutbox } from '../types'
import type { Batch } from './outbox'
import type { Channel } from './types'
import type { PostAnswer } from './verdictOf'

/** What is recorded, from there to the service. */
export interface Delivery {
  start(): void
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** A kind that accumulates has something new. */
  dirty(kind: string): void
  /** Posts what waits, by fetch. Resolves when it was answered, or is kept; never rejects. */
  flush(reason: Exclude<FlushReason, 'hide'>): Promise<void>
  /** What was held back may go now. */
  onGranted(): void
  /** Forgets everything of this environment: in memory, on disk, in notes. `isHere`: the user declined on this page. */
  forget(isHere: boolean): void
  /** The outbox of an integration. Two of one name are the same. */
  namedOutbox(name: string): NamedOutbox
  /** Items lost to the limits. */
  dropped(): number
  /** Posts what waits and ends. Resolves when it was answered, at the latest after the time-out of a request; never rejects. */
  destroy(): Promise<void>
}

export interface DeliveryParts {
  /** SDK key and address of the service: what is of another one is not touched. */
  scope: string
  sdkKey: string
  /** The impressions mode. */
  mode: string
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number; flushBytes: number }
  requestTimeoutMs: number
  /** The kinds of data; integrations add theirs. */
  channels: Channel[]
  /** Whether data about the user may be on disk. If not, what an earlier version of the page left there is deleted. */
  isStored: boolean
  /** Opens a database; undefined where there are none. */
  openDatabase: (name: string) => KeyValue | undefined
  /** The databases of this origin; undefined where the browser does not tell. */
  databaseNames: () => Promise<(string | undefined)[] | undefined>
  deleteDatabase: (name: string) => void
  locks: Locks | undefined
  notes: HideNotes
  post: (
    url: string,
    body: string,
    options: { keepalive: boolean; headers: Record<string, string>; signal: AbortSignal },
  ) => Promise<PostAnswer>
  beacon: Beacon
  clock: Clock
  page: PageEvents
  consent: () => Consent
  /** The user declined on another open page of this origin. */
  onDeclined: () => void
  onDelivery: (delivery: Told) => void
  onStorageFault: (fault: unknown) => void
  log: Log
}

/** How often a page looks for what dead pages left, also one that nobody sees. */
const LOOK_EVERY_MS = 60_000
/** At start the page has better things to do. */
const FIRST_LOOK_MS = 1_000
const DECLINED = 'declined'
/** Delivery has a database of its own, so that it never waits for a big write of definitions. 2: the version of its format. */
const DATABASE = 'pennon-outbox-2'

export function createDelivery(parts: DeliveryParts): Delivery {
  const { channels, clock, page, consent, log, onDelivery, onStorageFault, scope } = parts
  const stops: (() => void)[] = []
  let dropped = 0
  let sinceFull = 0
  let isEnding = false
  let cancelLook: (() => void) | undefined
  let adopted: Promise<void> | undefined

  const maySend = () => consent() === 'granted'
  const channelOf = (kind: string) => channels.find((channel) => channel.kind === kind)
  // Nobody would find what is stored without a lock: such a page keeps what it records in memory.
  const isStored = parts.isStored && parts.locks !== undefined
  const database = parts.isStored ? parts.openDatabase(DATABASE) : undefined
  if (database && !isStored)
    log.once('warn', 'locks', 'no Web Locks here, as on insecure pages: impressions wait in memory alone')

  const life = createLife({
    locks: database && parts.locks,
    scope,
    clock,
    onHeld() {
      void writeAhead.write()
      lookIn(FIRST_LOOK_MS)
    },
    onAlone: (why) => log.once('warn', 'locks', `${why}: impressions wait in memory alone`),
  })
  const outbox = createOutbox({
    channelOf,
    clock,
    mode: parts.mode,
    nextId: life.nextId,
    limits: parts.limits,
    onDropped(kind, items) {
      dropped += items.length
      onDelivery({ kind, count: items.length, items, reason: 'full', transport: 'disk', outcome: 'dropped' })
      writeAhead.writeSoon()
    },
  })
  const dedupe = createDedupe({
    clock,
    channelOf,
    outbox,
    onRepeated: (kind, items) =>
      onDelivery({ kind, count: items.length, items, reason: 'interval', transport: 'disk', outcome: 'deduplicated' }),
  })
  const endpoints = createEndpoints(clock)
  const budget = createKeepaliveBudget(clock)
  const store = database && createOutboxStore(database, scope, { dedupe, endpoints })
  const notes = isStored ? parts.notes : undefined
  const writeAhead = createWriteAhead({
    outbox,
    dedupe,
    endpoints,
    store,
    life,
    clock,
    mayStore: maySend,
    channelOf,
    onWritten() {
      doubts.judge()
      if (writeAhead.isClean()) hide.removeNotes()
    },
    onFault: onStorageFault,
  })
  const hide = createHide({
    channels,
    outbox,
    dedupe,
    endpoints,
    budget,
    life,
    beacon: parts.beacon,
    notes,
    store,
    stored: writeAhead.stored,
    sdkKey: parts.sdkKey,
    isOnline: page.isOnline,
    maySend,
    onDelivery,
    log,
  })
  const post = createPost({
    channels,
    outbox,
    dedupe,
    endpoints,
    budget,
    writeAhead,
    life,
    post: parts.post,
    clock,
    isOnline: page.isOnline,
    isHidden: page.isHidden,
    maySend,
    async settleNote() {
      if (hide.isNoted()) await writeAhead.write()
    },
    renewNote: hide.renewNote,
    onOutcome: () => doubts.judge(),
    onLateAnswer(entries, verdict, isOfLastLife) {
      if (verdict === 'delivered') leftovers?.wereDelivered(entries)
      // Firefox ends a post between `beforeunload` and `pagehide` whose preflight was not answered: it may go by a beacon.
      else if (verdict === 'unanswered' && isOfLastLife && hide.mayStillGo()) outbox.restore(entries)
    },
    onDelivery,
    log,
  })
  const leftovers =
    store &&
    notes &&
    createLeftovers({
      outbox,
      dedupe,
      endpoints,
      life,
      store,
      notes,
      clock,
      maxAgeMs: parts.limits.maxAgeMs,
      mayAdopt: writeAhead.isPossible,
      stored: writeAhead.stored,
      async send() {
        doubts.judge()
        await post.send('interval', { isLong: true })
      },
      onFault: (fault) => log.debug(`leftovers cannot be read: ${String(fault)}`),
    })
  const doubts = createDoubts({
    outbox,
    endpoints,
    channelOf,
    clock,
    send: (channel) => post.send('interval', { channel }),
  })

  /** Does something with what 0.1.0 left, and deletes it. */
  const takeOver = async (keep: (life: string, batches: readonly Batch[]) => Promise<void>) => {
    const { locks, openDatabase: open, databaseNames, deleteDatabase } = parts
    if (locks) await takeOverPredecessor({ scope, locks, open, databaseNames, deleteDatabase, store: keep })
  }
  const adoptPredecessor = () =>
    takeOver(async (home, batches) => {
      await store?.write(() => ({ remove: [], put: batches.map((batch) => ({ home, batch })), endpoints: [] }))
    }).catch((fault: unknown) => log.debug(`what 0.1.0 left cannot be read: ${String(fault)}`))
  const look = () => {
    if (leftovers && writeAhead.isPossible()) void (adopted ??= adoptPredecessor()).then(leftovers.look)
  }
  const lookIn = (ms: number) => {
    cancelLook?.()
    const lookNow = () => {
      look()
      lookIn(LOOK_EVERY_MS)
    }
    if (leftovers) cancelLook = clock.after(ms, lookNow, true)
  }
  const onChange = () => {
    if (!page.isActive()) return
    post.retry()
    look()
  }
  const broadcast = createBroadcast(`pennon:${scope}`, (text) => {
    if (text === DECLINED && consent() !== 'declined') parts.onDeclined()
  })
  const forgetDisk = async () => {
    parts.notes.clear()
    const names = await parts.databaseNames()
    const its = database ?? (!names || names.includes(DATABASE) ? parts.openDatabase(DATABASE) : undefined)
    if (its) await createOutboxStore(its, scope, { dedupe, endpoints }).forget()
    await takeOver(() => Promise.resolve())
  }

  const add = (kind: string, item: unknown, bytes: number) => {
    if (consent() === 'declined' || isEnding) return
    outbox.add(kind, item, bytes)
    sinceFull += bytes
    if (sinceFull < parts.limits.flushBytes) return writeAhead.writeSoon()
    sinceFull = 0
    void post.send('full')
  }
  const dirty = (kind: string) => {
    outbox.dirty(kind)
    writeAhead.writeLater()
  }

  return {
    start() {
      const begin = () => {
        stops.push(
          page.onHide(hide.hide),
          page.onRestore(life.begin),
          page.onChange(onChange),
          page.onBlocked(hide.onBlocked),
        )
        life.begin()
        post.start()
        if (!parts.isStored) stops.push(clock.whenIdle(FIRST_LOOK_MS, () => void forgetDisk().catch(() => undefined)))
      }
      stops.push(page.whenActivated(begin))
    },
    add,
    dirty,
    flush: (reason) => post.send(reason),
    onGranted() {
      void post.send('interval').then(look)
    },
    forget(isHere) {
      for (const { drain } of channels) drain?.()
      outbox.leave(() => true)
      outbox.gone.clear()
      outbox.unstored.clear()
      dedupe.clear()
      if (isHere) broadcast?.send(DECLINED)
      forgetDisk().catch((fault: unknown) => isEnding || onStorageFault(fault))
    },
    namedOutbox: (name) =>
      createNamedOutbox({
        name,
        add,
        dirty,
        addChannel(channel) {
          const known = channelOf(channel.kind)
          if (known) Object.assign(known, channel)
          else channels.push(channel)
          post.onChannel(channel)
        },
        clock,
        log,
      }),
    dropped: () => dropped,
    async destroy() {
      isEnding = true
      const all = post.send('destroy').then(writeAhead.write)
      let cancel: (() => void) | undefined
      await Promise.race([all, new Promise<void>((resolve) => (cancel = clock.after(parts.requestTimeoutMs, resolve)))])
      cancel?.()
      hide.leave()
      for (const stop of stops) stop()
      cancelLook?.()
      for (const part of [post, writeAhead, doubts, life]) part.stop()
      broadcast?.close()
    },
  }
}
