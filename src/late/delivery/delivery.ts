import { clearPredecessor } from './clearPredecessor'
import { createDedupe } from './dedupe'
import { createDoubts } from './doubts'
import { createEndpoints } from './endpoints'
import { createHide } from './hide'
import { createLeftovers } from './leftovers'
import { createLife } from './life'
import { createNamedOutbox } from './namedOutbox'
import { createOutbox } from './outbox'
import { createOutboxStore, forgetOutbox } from './outboxStore'
import { createPost } from './post'
import { createWriteAhead } from './writeAhead'
import { createStops } from '../../shared/stops'
import type { FlushReason, RefusedResource } from '../../shared/types'
import type { NamedOutbox } from '../types'
import type { DeliveryParts, Tools } from './tools'

/** Brings what is recorded to the service. */
export interface Delivery {
  /** Begins to store and to send, once the page is shown. Until then, what is added waits in memory. */
  start(): void
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** Says that a kind that accumulates has something new. */
  dirty(kind: string): void
  /** Posts what waits, by fetch. Resolves when it was answered, or is kept; never rejects. */
  flush(reason: Exclude<FlushReason, 'hide'>): Promise<void>
  /** Sends what was held back until the user consented. */
  onGranted(): void
  /** Forgets everything of this environment: in memory, on disk, in notes, and in every open tab. */
  forget(): void
  /** The outbox of an integration. Two of one name are the same. */
  namedOutbox(name: string): NamedOutbox
  /** @returns how many items the limits cost */
  dropped(): number
  /** @returns the kinds of data that the service refuses to take */
  refused(): RefusedResource[]
  /**
   * Posts what waits, and ends. Resolves when the posts were answered and `stored`, the writes of others, has resolved, at the latest
   * a second after the time-out of a request; never rejects.
   */
  destroy(stored?: Promise<void>): Promise<void>
}

/** Delivery has a database of its own, so that it never waits for a big write of definitions. The 2 is the version of its format. */
const DATABASE = 'pennon-outbox-2'
/** A page whose data may not be stored deletes what earlier ones left some time after its start, when it has nothing better to do. */
const FORGET_MS = 1_000
/**
 * The time by which `destroy()` waits longer than the deadline of a request, because its posts begin a little later, and the time that it
 * gives the database to take what no note took.
 */
const SETTLE_MS = 500
/** Pause before the deletion of what a user declined is tried again, where the database failed. */
const FORGET_AGAIN_MS = 60_000
/** The message of a page to the others when its user declined. */
const DECLINED = 'declined'

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, page, consent, hub, log, onStorageFault, scope } = parts
  const stops = createStops()
  let dropped = 0
  /** Bytes that were added since the last post with the reason `full`. */
  let sinceFull = 0
  /** Whether the page was shown. A page that is only prerendered hands nothing over. */
  let hasBegun = false
  let isEnding = false
  /**
   * Whether the decline under way came from another page: all pages heard that one, and one where the user has granted since must not
   * hear it again.
   */
  let isTold = false

  const channels = new Map(parts.channels.map((channel) => [channel.kind, channel]))
  // A page without a lock keeps what it records in memory: nobody would find what it stores.
  const locks = parts.isStored ? parts.locks : undefined
  const database = parts.isStored ? parts.openDatabase(DATABASE) : undefined
  if (database && !locks) log.once('warn', 'locks', 'no Web Locks here: impressions wait in memory alone')

  const tell: Tools['tell'] = (news) => hub.emit('delivery', { count: news.items.length, ...news })
  /** Tells listeners once what is being done is done: they are foreign code, which may record something, or decline. */
  const tellSoon: Tools['tell'] = (news) => page.soon(() => tell(news))
  const life = createLife({ locks, scope, clock, hub, stops })
  const outbox = createOutbox({
    ...parts,
    channels,
    onDropped(kind, items) {
      dropped += items.length
      tellSoon({ kind, items, reason: 'full', transport: 'disk', outcome: 'dropped' })
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
    onRepeated: (kind, items) =>
      tellSoon({ kind, items, reason: 'interval', transport: 'disk', outcome: 'deduplicated' }),
  })
  const store = database && createOutboxStore(database, scope, { dedupe, endpoints })
  const tools: Tools = { ...parts, channels, store, notes, outbox, dedupe, endpoints, life, stops, tell }
  const hide = createHide(tools)
  const writeAhead = createWriteAhead({ ...tools, hide })
  const doubts = createDoubts({ ...tools, writeAhead })
  const post = createPost({ ...tools, hide, writeAhead, doubts })
  const leftovers = notes && createLeftovers({ ...tools, notes, hide, writeAhead, send: post.send })

  const onAlone = async (why: string) => {
    await writeAhead.read()
    // The log has a line already where storage failed, too: one is enough.
    if (writeAhead.isWell()) log.once('warn', 'locks', `${why}: impressions wait in memory alone`)
  }
  const onText = (text: unknown) => {
    if (text !== DECLINED || consent.isDeclined) return
    isTold = true
    parts.onDeclined()
    isTold = false
  }
  const onBlocked = (url: string) => {
    if (hide.onBlocked(url)) writeAhead.writeSoon()
  }
  const onChange = () => {
    // A tab that is only hidden deletes what it handed over, or the next page may find it on disk.
    if (!page.isActive()) return writeAhead.writeSoon()
    post.retry()
    void leftovers?.look()
  }
  const forgetDisk = async () => {
    parts.notes.forget()
    // The browser is not asked for a database that is in use: what is recorded after a grant, in a moment, has to be stored
    // after the deletion.
    const opened =
      database ??
      (((await parts.databaseNames())?.includes(DATABASE) ?? true) ? parts.openDatabase(DATABASE) : undefined)
    if (opened) await forgetOutbox(opened, scope)
    await clearPredecessor(parts, async () => {})
  }
  const forgetDeclined = () => {
    if (!consent.isDeclined) return
    forgetDisk().catch((fault: unknown) => {
      if (isEnding) return
      onStorageFault(fault)
      stops.push(clock.after(FORGET_AGAIN_MS, forgetDeclined))
    })
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
          hub.on('alone', (why) => void onAlone(why)),
          page.onHide(hide.hide),
          page.onRestore(life.begin),
          page.onChange(onChange),
          page.onBlocked(onBlocked),
        )
        if (parts.broadcast) stops.push(parts.broadcast.listen(onText))
        void writeAhead.read()
        life.begin()
        post.start()
        if (!parts.isStored) stops.push(clock.whenIdle(FORGET_MS, () => void forgetDisk().catch(() => undefined)))
      }
      stops.push(page.whenActivated(begin))
    },
    add,
    dirty,
    flush: async (reason) => {
      if (hasBegun) await post.send(reason)
    },
    onGranted() {
      void post.send('interval').then(leftovers?.look)
    },
    forget() {
      for (const { drain } of channels.values()) drain?.()
      outbox.leave()
      dedupe.forgetAll()
      if (!isTold) parts.broadcast?.send(DECLINED)
      forgetDeclined()
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
        stops,
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
        const within = (ms: number) => new Promise<void>((go) => stops.push(clock.after(ms, go)))
        await Promise.race([all, within(parts.requestTimeoutMs + SETTLE_MS)])
        hide.leave()
        await Promise.race([hide.whenPut(), within(SETTLE_MS)])
      }
      stops.stop()
    },
  }
}
