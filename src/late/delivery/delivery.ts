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
import type { FlushReason, RefusedResource } from '../../shared/types'
import type { NamedOutbox } from '../types'
import type { Batch } from './outbox'
import type { DeliveryParts, Tools } from './tools'

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

/** How often a page looks for what dead pages left, also one that nobody sees. */
const LOOK_EVERY_MS = 60_000
/** At start the page has better things to do. */
const FIRST_LOOK_MS = 1_000
/** The lock of the page that was left may be held still at the first look. Each next one waits so many times as long, up to a minute. */
const LOOK_GROWTH = 2
const DECLINED = 'declined'
/** Delivery has a database of its own, so that it never waits for a big write of definitions. 2: the version of its format. */
const DATABASE = 'pennon-outbox-2'
/** The outbox of 0.1.0, and its databases for page hide. What takes them over is loaded where there are any. */
const PREDECESSORS = /^pennon-outbox(-hide-\d)?$/

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, page, consent, log, onStorageFault, scope } = parts
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
  const locks = parts.isStored ? parts.locks : undefined
  const database = parts.isStored ? parts.openDatabase(DATABASE) : undefined
  if (database && !locks) log.once('warn', 'locks', 'no Web Locks here: impressions wait in memory alone')

  const tell: Tools['tell'] = (news) => parts.hub.emit('delivery', { count: news.items.length, ...news })
  /** The store may be used from now on. */
  const useStore = () => {
    void writeAhead.write()
    lookIn(FIRST_LOOK_MS)
  }
  const life = createLife({
    locks,
    scope,
    clock,
    onHeld: useStore,
    onAlone(why) {
      // One line for all that comes of storage which may not be used.
      void writeAhead.read().then(() => {
        if (writeAhead.isWell()) log.once('warn', 'locks', `${why}: impressions wait in memory alone`)
      })
    },
  })
  const outbox = createOutbox({
    ...parts,
    channels,
    onDropped(kind, items) {
      dropped += items.length
      tell({ kind, items, reason: 'full', transport: 'disk', outcome: 'dropped' })
      writeAhead.writeSoon()
    },
  })
  const notes = locks && parts.notes
  const endpoints = createEndpoints(clock, notes)
  const dedupe = createDedupe({
    clock,
    channels,
    outbox,
    endpoints,
    notes,
    onRepeated: (kind, items) => tell({ kind, items, reason: 'interval', transport: 'disk', outcome: 'deduplicated' }),
  })
  const store = database && createOutboxStore(database, scope, { dedupe, endpoints })
  const tools: Tools = { ...parts, channels, store, notes, outbox, dedupe, endpoints, life, tell }
  const writeAhead = createWriteAhead({
    ...tools,
    onWritten() {
      doubts.judge()
      if (writeAhead.isClean()) hide.removeNotes()
    },
    onPauseOver: useStore,
  })
  const hide = createHide(tools)
  const post = createPost({
    ...tools,
    writeAhead,
    hide,
    onOutcome() {
      doubts.judge()
      hide.renewNote()
      // At once: the next page must not find what was delivered, and must know of a failure.
      void writeAhead.write()
    },
  })
  const send = async () => {
    doubts.judge()
    await post.send('interval', { isLong: true })
  }
  const usableStore = () => (writeAhead.isPossible() ? store : undefined)
  const leftovers = notes && createLeftovers({ ...tools, notes, usableStore, renewNote: hide.renewNote, send })
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
      await store?.write(() => ({ put: batches.map((batch) => ({ ...batch, home })) }))
    }).catch(() => undefined)
  const look = () => {
    if (!leftovers || !consent.isGranted || life.state !== 'held') return
    void leftovers.look()
    if (!writeAhead.isPossible()) return
    // What it stores is found by the next look. None waits for it, as a browser may never tell its databases.
    adopted ??= adoptPredecessor()
  }
  const lookIn = (ms: number) => {
    cancelLook?.()
    const lookNow = () => {
      look()
      lookIn(Math.min(ms * LOOK_GROWTH, LOOK_EVERY_MS))
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
