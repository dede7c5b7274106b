import { createDedupe } from './dedupe'
import { createDoubts } from './doubts'
import { createEndpoints } from './endpoints'
import { createHide } from './hide'
import { createLeftovers } from './leftovers'
import { createLife } from './life'
import { createNamedOutbox } from './namedOutbox'
import { createOutbox } from './outbox'
import { createOutboxStore } from './outboxStore'
import { createPost } from './post'
import { createWriteAhead } from './writeAhead'
import type { Broadcast } from '../../browser/broadcast'
import type { Beacon } from '../../browser/beacon'
import type { Clock } from '../../browser/clock'
import type { HideNotes } from '../../browser/hideNote'
import type { KeyValue } from '../../browser/keyValue'
import type { Page } from '../../browser/page'
import type { Locks } from '../../browser/locks'
import type { packing } from '../../impressions/packing'
import type { ConsentState } from '../../shared/consent'
import type { Hub } from '../../shared/hub'
import type { Log } from '../../shared/log'
import type { FlushReason, RefusedResource } from '../../shared/types'
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
  /** Forgets everything of this environment: in memory, on disk, in notes, and in every open tab. */
  forget(): void
  /** The outbox of an integration. Two of one name are the same. */
  namedOutbox(name: string): NamedOutbox
  /** Items lost to the limits. */
  dropped(): number
  /** The kinds of data that the service refuses to take. */
  refused(): RefusedResource[]
  /**
   * Posts what waits and ends. Resolves when it was answered, and what others store is stored, at the latest after the time-out of a
   * request; never rejects.
   */
  destroy(stored?: Promise<void>): Promise<void>
}

export interface DeliveryParts {
  /** SDK key and address of the service: what is of another one is not touched. */
  scope: string
  sdkKey: string
  /** The impressions mode. */
  mode: string
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number; flushBytes: number }
  requestTimeoutMs: number
  packing: typeof packing
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
  /** Undefined where there are no other pages. */
  broadcast: Broadcast | undefined
  post: (
    url: string,
    body: string,
    options: { keepalive: boolean; headers: Record<string, string>; signal: AbortSignal },
  ) => Promise<PostAnswer>
  beacon: Beacon
  clock: Clock
  page: Page
  consent: Pick<ConsentState, 'isGranted' | 'isDeclined'>
  /** The user declined on another open page of this origin. */
  onDeclined: () => void
  hub: Pick<Hub, 'emit'>
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
/** The outbox of 0.1.0, and its databases for page hide. What takes them over is loaded where there are any. */
const PREDECESSORS = /^pennon-outbox(-hide-\d)?$/

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, page, consent, log, hub, onStorageFault, scope } = parts
  const stops: (() => void)[] = []
  let dropped = 0
  let sinceFull = 0
  /** A page that is prepared and not shown yet hands nothing over. */
  let hasBegun = false
  let isEnding = false
  let cancelLook: (() => void) | undefined
  let adopted: Promise<void> | undefined

  const channels = new Map(parts.channels.map((channel) => [channel.kind, channel]))
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
    onAlone(why) {
      // One line for all that comes of storage which may not be used.
      void writeAhead.read().then(() => {
        if (writeAhead.isWell()) log.once('warn', 'locks', `${why}: impressions wait in memory alone`)
      })
    },
  })
  const outbox = createOutbox({
    channels,
    clock,
    mode: parts.mode,
    limits: parts.limits,
    onDropped(kind, items) {
      dropped += items.length
      hub.emit('delivery', { kind, count: items.length, items, reason: 'full', transport: 'disk', outcome: 'dropped' })
      writeAhead.writeSoon()
    },
  })
  const notes = isStored ? parts.notes : undefined
  const endpoints = createEndpoints(clock, notes)
  const dedupe = createDedupe({
    clock,
    channels,
    outbox,
    endpoints,
    notes,
    onRepeated: (kind, items) =>
      hub.emit('delivery', {
        kind,
        count: items.length,
        items,
        reason: 'interval',
        transport: 'disk',
        outcome: 'deduplicated',
      }),
  })
  const store = database && createOutboxStore(database, scope, { dedupe, endpoints })
  const tools = { channels, outbox, dedupe, endpoints, life, clock, page, consent, hub, log }
  const writeAhead = createWriteAhead({
    ...tools,
    store,
    onWritten() {
      doubts.judge()
      if (writeAhead.isClean()) hide.removeNotes()
    },
    onFault: onStorageFault,
  })
  const hide = createHide({
    ...tools,
    packing: parts.packing,
    beacon: parts.beacon,
    notes,
    store,
    sdkKey: parts.sdkKey,
  })
  const post = createPost({
    ...tools,
    writeAhead,
    post: parts.post,
    async settleNote() {
      if (hide.isNoted()) await writeAhead.write()
    },
    renewNote: hide.renewNote,
    onOutcome: () => doubts.judge(),
    onLateAnswer(entries, verdict, isOfLastLife) {
      if (verdict === 'delivered') leftovers?.wereDelivered(entries)
      // It may still go by a beacon.
      else if (verdict === 'unanswered' && isOfLastLife && page.losesPosts() && hide.mayStillGo())
        outbox.restore(entries)
    },
  })
  const leftovers =
    store &&
    notes &&
    createLeftovers({
      ...tools,
      store,
      notes,
      maxAgeMs: parts.limits.maxAgeMs,
      mayAdopt: writeAhead.isPossible,
      async send() {
        doubts.judge()
        await post.send('interval', { isLong: true })
      },
      onFault: (fault) => log.debug(`leftovers cannot be read: ${String(fault)}`),
    })
  const doubts = createDoubts({
    ...tools,
    learn: writeAhead.read,
    send: (channel) => post.send('interval', { channel }),
  })

  /** Does something with what 0.1.0 left, and deletes it. */
  const takeOver = async (keep: (life: string, batches: readonly Batch[]) => Promise<void>) => {
    const { locks, openDatabase: open, deleteDatabase } = parts
    const names = ((await parts.databaseNames()) ?? []).filter((name = '') => PREDECESSORS.test(name)) as string[]
    if (!locks || !names.length) return
    const { takeOverPredecessor } = await import('./predecessor')
    await takeOverPredecessor({ names, scope, locks, open, deleteDatabase, store: keep })
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
  const forgetDisk = async () => {
    parts.notes.clear()
    const names = await parts.databaseNames()
    const its = database ?? (!names || names.includes(DATABASE) ? parts.openDatabase(DATABASE) : undefined)
    if (its) await createOutboxStore(its, scope, { dedupe, endpoints }).forget()
    await takeOver(() => Promise.resolve())
  }

  const add = (kind: string, item: unknown, bytes: number) => {
    if (consent.isDeclined || isEnding) return
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
        hasBegun = true
        stops.push(
          page.onHide(hide.hide),
          page.onRestore(life.begin),
          page.onChange(onChange),
          page.onBlocked(hide.onBlocked),
        )
        stops.push(
          parts.broadcast?.listen((text) => {
            if (text === DECLINED && !consent.isDeclined) parts.onDeclined()
          }) ?? (() => undefined),
        )
        void writeAhead.read()
        life.begin()
        post.start()
        if (!parts.isStored) stops.push(clock.whenIdle(FIRST_LOOK_MS, () => void forgetDisk().catch(() => undefined)))
      }
      stops.push(page.whenActivated(begin))
    },
    add,
    dirty,
    flush: async (reason) => {
      if (hasBegun) await post.send(reason)
    },
    onGranted() {
      void post.send('interval').then(look)
    },
    forget() {
      for (const { drain } of channels.values()) drain?.()
      outbox.leave()
      outbox.gone.clear()
      dedupe.clear()
      parts.broadcast?.send(DECLINED)
      forgetDisk().catch((fault: unknown) => isEnding || onStorageFault(fault))
    },
    namedOutbox: (name) =>
      createNamedOutbox({
        name,
        add,
        dirty,
        addChannel(channel) {
          const known = channels.get(channel.kind)
          if (known) Object.assign(known, channel)
          else channels.set(channel.kind, channel)
          post.onChannel(channel)
        },
        clock,
        log,
      }),
    dropped: () => dropped,
    refused: () =>
      [...channels.values()].flatMap(({ kind, url, post: ofIntegration }) => {
        const refusal = ofIntegration ? undefined : endpoints.refusal(url)
        return refusal ? [{ resource: kind, ...refusal }] : []
      }),
    async destroy(stored) {
      isEnding = true
      if (hasBegun) {
        const all = Promise.all([stored, post.send('destroy').then(writeAhead.write)])
        let cancel: (() => void) | undefined
        await Promise.race([all, new Promise<void>((go) => (cancel = clock.after(parts.requestTimeoutMs, go)))])
        cancel?.()
        hide.leave()
      }
      for (const stop of stops) stop()
      cancelLook?.()
      for (const part of [post, writeAhead, doubts, life]) part.stop()
    },
  }
}
