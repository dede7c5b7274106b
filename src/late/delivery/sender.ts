import { stringify } from '../../shared/json'
import { backoff } from '../backoff'
import { bytesOf } from './bytesOf'
import { createHandOver } from './handOver'
import { BEACON_MS, createInFlight } from './inFlight'
import { itemsOf } from './itemsOf'
import type { Clock } from '../../browser/clock'
import type { Page } from '../../browser/page'
import type { PageLock } from '../../browser/locks'
import type { Log } from '../../shared/log'
import type { Beacon } from '../../browser/beacon'
import type { Http } from '../http'
import type { Outbox } from './outbox'
import type { Batch } from './outboxStore'
import type { Channel } from './types'
import type { Consent, Delivery, FlushReason } from '../../shared/types'

export interface Sender {
  start(): void
  /** Takes one more kind on, or another way for one that there is. */
  addChannel(channel: Channel): void
  /** Posts what waits, by fetch. Resolves when it was answered, or is kept; never rejects. */
  flush(reason: Exclude<FlushReason, 'hide'>): Promise<void>
  /** Sends what dead pages left behind. Never rejects. */
  drain(): Promise<void>
  /** Hands what waits to the browser, now; what it does not take goes to disk. `isLast`: this page may send no more. */
  hide(isLast: boolean): void
  /** The page lies in the bfcache, and comes back as a new page. */
  freeze(): void
  resume(pageId: string): void
  stop(): void
}

interface SenderParts {
  /** The kinds of data, those that come later too. */
  channels: Channel[]
  outbox: Outbox
  /** Undefined where nothing may be stored. */
  pageLock: PageLock | undefined
  http: Http
  beacon: Beacon
  clock: Clock
  page: Page
  pageId: string
  sdkKey: string
  consent: () => Consent
  onDelivery: (delivery: Delivery) => void
  log: Log
}

/** Of the first posts: they go with `keepalive`, and outlive the page. */
const POST_BYTES = 48 * 1024
/** So many of them, some tenths of a second: a page that is left is mostly left soon after it recorded much. */
const SMALL_POSTS = 4
/** Posts at the same time, besides the first, where thousands of items wait. */
const MORE_LANES = 2
/** Of a post of a page that nobody sees: it must outlive the page. Of any letters, at 3 bytes each. */
const HIDDEN_BYTES = POST_BYTES / 3
/** Of any post, where thousands of items wait. More at once would make a long task on the main thread. */
const MOST_BYTES = 256 * 1024
/** Without a word from the server, so long after it said "too many". */
const AFTER_429_MS = 30_000

/** How delivery of one kind goes. */
interface Course {
  tail: Promise<void>
  failures: number
  /** Not before this, epoch ms. */
  retryAt: number
  /** The server asked for it, so that not even a flush by hand is earlier. */
  isTold: boolean
  /** The server takes no more in one post. */
  mostBytes: number
  /** It was time to post, and there was no network. */
  isBarred: boolean
  cancel?: () => void
}

export function createSender(parts: SenderParts): Sender {
  const { channels, outbox, pageLock, http, beacon, clock, page, sdkKey, consent, onDelivery, log } = parts
  const courses = new Map<string, Course>()
  // Hosts whose last post got no answer. A beacon to one would be taken by the browser, and lost.
  const silentHosts = new Set<string>()
  const inFlight = createInFlight(clock)
  let stops: (() => void)[] = []
  // What is posted now may not be answered before the page is gone.
  let isHidden = false
  // Gone, or in the bfcache: what is on disk may be somebody else's by now.
  let isAway = false
  let comingBack = ''
  let isStopped = false
  let isDraining = false
  let isAgain = false

  const courseOf = ({ kind }: Channel): Course => {
    let course = courses.get(kind)
    if (!course) {
      course = { tail: Promise.resolve(), failures: 0, retryAt: 0, isTold: false, mostBytes: Infinity, isBarred: false }
      courses.set(kind, course)
    }
    return course
  }
  const isReachable = () => consent() === 'granted' && page.isOnline()
  const maySend = () => isReachable() && !isAway && !isStopped
  const handOver = createHandOver({
    channels,
    outbox,
    inFlight,
    beacon,
    sdkKey,
    // Neither to a host that is silent, nor to a server that asked to wait or is in trouble.
    isOpen: (channel) => isReachable() && !silentHosts.has(hostOf(channel.url)) && !courseOf(channel).failures,
    onDelivery,
  })

  /** Posts once. @returns whether there may be more to post */
  const post = async (channel: Channel, batches: Batch[], reason: FlushReason): Promise<boolean> => {
    const { kind, url } = channel
    const course = courseOf(channel)
    const items = itemsOf(channel, batches)
    const body = stringify(channel.body(items))
    const size = bytesOf(body)
    // An integration may do more than one request, the last one late.
    const isSmall = size <= POST_BYTES && !channel.post
    const keepalive = isSmall && inFlight.fits(size)
    const isWaiting = !keepalive && isSmall && inFlight.room()
    if (isWaiting || (isHidden && !keepalive)) {
      outbox.release(batches)
      course.isBarred = !isWaiting
      await isWaiting
      return !course.isBarred
    }
    inFlight.begin(batches, keepalive ? size : 0)
    const [{ id, mode }] = batches as [Batch]
    const { status = 0, retryAfterMs } = await (channel.post?.(items, id.join('-')) ??
      http.post(url, body, { keepalive, headers: channel.headers?.(mode) ?? {} }))
    silentHosts[status ? 'delete' : 'add'](hostOf(url))
    // Page hide left it to the browser.
    if (!inFlight.end(batches)) return false

    const isSent = status >= 200 && status < 300
    const isTold = status === 429 || status === 408
    const isRefused = status >= 400 && status < 500 && !isTold
    const estimate = batches.reduce((sum, { bytes }) => sum + bytes, 0)
    if (status === 413 && outbox.split(batches)) {
      course.mostBytes = estimate / 2
      return true
    }
    const outcome = isSent ? 'sent' : isRefused ? 'dropped' : status || !page.isOnline() ? 'kept' : 'blocked'
    onDelivery({ kind, count: items.length, items, reason, transport: 'fetch', outcome, ...(status && { status }) })
    if (isSent || isRefused) {
      course.failures = 0
      outbox.remove(batches)
      if (isSent) log.recovered(kind)
      else log.once('error', `${kind} ${status}`, `${kind}: refused with status ${status} and dropped`)
      return true
    }
    outbox.release(batches)
    const wait = Math.max(retryAfterMs ?? (status === 429 ? AFTER_429_MS : 0), backoff(++course.failures))
    course.retryAt = clock.now() + wait
    course.isTold = isTold
    log.once('warn', kind, `${kind}: not delivered (${status || 'no answer'}); kept, and tried again`)
    return false
  }

  /** Posts all that waits of a kind. `isLong`: it is much, and was left behind. */
  const send = (channel: Channel, reason: FlushReason, isLong = false): Promise<void> => {
    const course = courseOf(channel)
    const { kind } = channel
    const mayPost = () =>
      maySend() && (clock.now() >= course.retryAt || (!course.isTold && /manual|destroy/.test(reason)))
    return (course.tail = course.tail.then(async () => {
      course.isBarred = !page.isOnline()
      await outbox.writeSome()
      const lanes: Promise<void>[] = []
      let small = isLong ? 0 : SMALL_POSTS
      const postAll = async () => {
        while (mayPost()) {
          const most = isHidden ? HIDDEN_BYTES : small ? POST_BYTES : MOST_BYTES
          const batches = outbox.claim(kind, Math.min(most, course.mostBytes))
          if (!batches.length) {
            if (!outbox.isBehind(kind)) return
            await outbox.writeSome()
            continue
          }
          if (small) small--
          // The sooner a long queue is gone, the less a crash can interrupt. In tasks of their own, as big bodies take long.
          else if (lanes.length < MORE_LANES)
            lanes.push(new Promise<void>((go) => clock.after(0, go, true)).then(postAll))
          if (!(await post(channel, batches, reason))) return
        }
      }
      await postAll()
      for (const lane of lanes) await lane
      lookLater(channel)
    }))
  }
  /** After the interval, at the end of a pause, or when the browser may take more. */
  const lookLater = (channel: Channel) => {
    const course = courseOf(channel)
    course.cancel?.()
    const pause = course.isBarred && page.isOnline() ? BEACON_MS : course.retryAt - clock.now()
    const look = () => void send(channel, 'interval').then(recover)
    if (!isStopped) course.cancel = clock.after(pause > 0 ? pause : channel.flushMs, look, true)
  }
  const sendAll = async (reason: FlushReason, isLong?: boolean) => {
    await Promise.all(channels.map((channel) => send(channel, reason, isLong)))
  }

  const drain = async (): Promise<void> => {
    if (!pageLock || !maySend()) return
    // Another page may have died since that one looked.
    if (isDraining) return void (isAgain = true)
    isDraining = true
    try {
      if (await outbox.adopt(async (id) => maySend() && (await pageLock.hold(id)))) await sendAll('interval', true)
    } catch (fault) {
      log.debug(`leftovers cannot be read: ${String(fault)}`)
    }
    isDraining = false
    if (!isAgain) return
    isAgain = false
    await drain()
  }

  const recover = async () => {
    // A page that nobody sees may be suspended in the middle of it.
    if (maySend() && page.isActive()) await outbox.recover()
    await drain()
  }

  const begin = (pageId: string) => {
    // A sandboxed frame refuses: its storage does as well.
    pageLock?.hold(pageId).catch(() => undefined)
    // Also reads what other pages have seen this hour.
    void outbox.write()
  }

  return {
    start() {
      channels.forEach(lookLater)
      begin(parts.pageId)
      const onChange = () => {
        if (!page.isActive()) return
        isHidden = false
        // What waits since the network went, and what other pages left.
        for (const channel of channels) {
          const { failures, isBarred } = courseOf(channel)
          if (failures || isBarred) void send(channel, 'interval')
        }
        void recover()
      }
      stops = [page.onChange(onChange), clock.whenIdle(1_000, () => void recover())]
    },
    addChannel(channel) {
      const place = channels.findIndex(({ kind }) => kind === channel.kind)
      if (place < 0) channels.push(channel)
      else Object.assign(channels[place] as Channel, channel)
      lookLater(channel)
    },
    flush: (reason) => sendAll(reason),
    drain,
    hide(isLast) {
      isHidden = true
      handOver(isLast ? inFlight.letGo() : [], !isAway)
      isAway ||= isLast
    },
    freeze() {
      isAway = true
      comingBack = ''
      pageLock?.letGo()
      outbox.freeze()
    },
    resume(pageId) {
      // What a look at leftovers took while the page went away.
      pageLock?.letGo()
      comingBack = pageId
      begin(pageId)
      void outbox.resume(pageId).then(() => {
        if (comingBack !== pageId) return
        isAway = false
        return recover()
      })
    },
    stop() {
      isStopped = true
      for (const stop of stops) stop()
      for (const { cancel } of courses.values()) cancel?.()
      outbox.stop()
      pageLock?.letGo()
    },
  }
}

function hostOf(url: string): string {
  return url.split('/', 3).join()
}
