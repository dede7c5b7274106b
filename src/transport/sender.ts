import { SDK_VERSION } from '../shared/version'
import { backoff } from '../shared/backoff'
import type { Clock } from '../browser/clock'
import type { Page } from '../browser/page'
import type { PageLock } from '../browser/pageLock'
import type { Log } from '../shared/log'
import type { Beacon } from './beacon'
import type { Http } from './http'
import type { Outbox } from './outbox'
import type { Batch } from './outboxStore'
import type { Channel, Consent, Delivery, FlushReason } from './types'

export interface Sender {
  start(): void
  /** Posts what waits, by fetch. Resolves when it was answered, or is kept; never rejects. */
  flush(reason: Exclude<FlushReason, 'hide'>): Promise<void>
  /** Hands what waits to the browser, now; what it does not take goes to disk. `isLast`: this page may send no more. */
  hide(isLast: boolean): void
  /** The page lies in the bfcache, and comes back as a new page. */
  freeze(): void
  resume(pageId: string): void
  stop(): void
}

interface SenderParts {
  channels: readonly Channel[]
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

/** Of one page, over beacons and keepalive fetches together, in Chromium and WebKit. */
const IN_FLIGHT_BYTES = 65_536
/** Of one beacon, so that one more fits beside it. */
const BEACON_BYTES = 30 * 1024
/** Of the first post: it goes with `keepalive`, and outlives the page. */
const POST_BYTES = 48 * 1024
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
  const courses = new Map<Channel, Course>()
  // Hosts whose last post got no answer. A beacon to one would be taken by the browser, and lost.
  const silentHosts = new Set<string>()
  // On their way, with their bytes where they outlive the page.
  const inFlight = new Map<readonly Batch[], number>()
  // Beacons of the last moments: the browser does not say when they arrived.
  let beaconBytes = 0
  let stops: (() => void)[] = []
  // In the bfcache: what is on disk may be somebody else's by now.
  let isAway = false
  let comingBack = ''
  let isStopped = false
  let isDraining = false

  const courseOf = (channel: Channel): Course => {
    let course = courses.get(channel)
    if (!course) {
      course = { tail: Promise.resolve(), failures: 0, retryAt: 0, isTold: false, mostBytes: Infinity, isBarred: false }
      courses.set(channel, course)
    }
    return course
  }
  const isReachable = () => consent() === 'granted' && page.isOnline()
  const maySend = () => isReachable() && !isAway && !isStopped
  const inFlightBytes = () => [...inFlight.values()].reduce((sum, bytes) => sum + bytes, beaconBytes)
  const itemsOf = ({ strip }: Channel, batches: readonly Batch[]) => {
    const items = batches.flatMap((batch) => batch.items)
    return strip ? items.map(strip) : items
  }

  /** Posts once. @returns whether there may be more to post */
  const post = async (channel: Channel, batches: Batch[], reason: FlushReason): Promise<boolean> => {
    const { kind, url } = channel
    const course = courseOf(channel)
    const items = itemsOf(channel, batches)
    const body = JSON.stringify(channel.body(items))
    const size = bytesOf(body)
    const keepalive = size <= POST_BYTES && size + inFlightBytes() <= IN_FLIGHT_BYTES
    inFlight.set(batches, keepalive ? size : 0)
    const { status = 0, retryAfterMs } = await http.post(url, body, {
      keepalive,
      headers: channel.headers?.((batches[0] as Batch).mode) ?? {},
    })
    silentHosts[status ? 'delete' : 'add'](hostOf(url))
    // Page hide left it to the browser.
    if (!inFlight.delete(batches)) return false

    const isSent = status >= 200 && status < 300
    const isTold = status === 429 || status === 408
    const isRefused = status >= 400 && status < 500 && !isTold
    if (status === 413 && outbox.split(batches)) {
      course.mostBytes = size / 2
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

  /** Posts all that waits of a kind, one post after the other. */
  const send = (channel: Channel, reason: FlushReason, most = POST_BYTES): Promise<void> => {
    const course = courseOf(channel)
    const mayPost = () =>
      maySend() && (clock.now() >= course.retryAt || (!course.isTold && /manual|destroy/.test(reason)))
    return (course.tail = course.tail.then(async () => {
      await outbox.write()
      course.isBarred = !page.isOnline()
      // A long queue goes in ever larger posts: the sooner it is gone, the less a crash can interrupt.
      for (let size = most; mayPost(); size = Math.min(2 * size, MOST_BYTES)) {
        const batches = outbox.claim(channel.kind, Math.min(size, course.mostBytes))
        if (!batches.length || !(await post(channel, batches, reason))) break
      }
      // The next look: after the interval, or at the end of a pause.
      course.cancel?.()
      const pause = course.retryAt - clock.now()
      const look = () => void send(channel, 'interval').then(drain)
      if (!isStopped) course.cancel = clock.after(pause > 0 ? pause : channel.flushMs, look, true)
    }))
  }
  const sendAll = async (reason: FlushReason, most?: number) => {
    await Promise.all(channels.map((channel) => send(channel, reason, most)))
  }

  /** Sends what dead pages left behind. */
  const drain = async () => {
    if (!pageLock || isDraining || !maySend()) return
    isDraining = true
    try {
      if (await outbox.adopt(async (id) => maySend() && (await pageLock.hold(id))))
        await sendAll('interval', MOST_BYTES)
    } catch (fault) {
      log.debug(`leftovers cannot be read: ${String(fault)}`)
    }
    isDraining = false
  }

  const begin = (pageId: string) => {
    // A sandboxed frame refuses: its storage does as well.
    pageLock?.hold(pageId).catch(() => undefined)
    // Also reads what other pages have seen this hour.
    void outbox.write()
  }

  return {
    start() {
      for (const channel of channels) {
        courseOf(channel).cancel = clock.after(channel.flushMs, () => void send(channel, 'interval').then(drain), true)
      }
      begin(parts.pageId)
      const onChange = () => {
        if (!page.isActive()) return
        beaconBytes = 0
        // What waits since the network went, and what other pages left.
        for (const [channel, { failures, isBarred }] of courses)
          if (failures || isBarred) void send(channel, 'interval')
        void drain()
      }
      stops = [page.onChange(onChange), clock.whenIdle(1_000, () => void drain())]
    },
    flush: sendAll,
    hide(isLast) {
      const gone: Batch[] = []
      const kept: Batch[] = []
      for (const [batches, bytes] of inFlight) {
        if (!isLast || !bytes) continue
        // The browser sees these through without the page, as it does with beacons.
        inFlight.delete(batches)
        beaconBytes += bytes
        gone.push(...batches)
      }
      // Neither to a host that is silent, nor to a server that asked to wait or is in trouble.
      const isOpen = (channel: Channel) =>
        isReachable() && !silentHosts.has(hostOf(channel.url)) && !courseOf(channel).failures
      const takers = new Set(channels.filter(isOpen))
      // What is on disk may be somebody else's, once the page is in the bfcache.
      for (const isSaved of isAway ? [false] : [false, true]) {
        for (const channel of channels) {
          const { kind, beaconUrl } = channel
          let most = BEACON_BYTES
          for (let batches; (batches = outbox.claim(kind, most, isSaved)).length;) {
            const items = itemsOf(channel, batches)
            const tell = (outcome: Delivery['outcome'], transport: Delivery['transport']) =>
              onDelivery({ kind, count: items.length, items, reason: 'hide', transport, outcome })
            if (takers.has(channel)) {
              const body = JSON.stringify({
                entries: channel.body(items),
                token: sdkKey,
                sdk: SDK_VERSION,
                ...channel.beaconExtra?.((batches[0] as Batch).mode),
              })
              const size = bytesOf(body)
              if (size > BEACON_BYTES && outbox.split(batches)) {
                most /= 2
                continue
              }
              const fits = size + inFlightBytes() <= IN_FLIGHT_BYTES
              if (fits && beacon.send(beaconUrl, body)) {
                beaconBytes += size
                gone.push(...batches)
                tell('sent', beacon.transport)
                continue
              }
              if (fits) tell('refused', beacon.transport)
              takers.delete(channel)
            }
            kept.push(...batches)
            tell('kept', 'disk')
          }
        }
      }
      outbox.hide(gone, kept)
    },
    freeze() {
      isAway = true
      comingBack = ''
      pageLock?.letGo()
    },
    resume(pageId) {
      // What a look at leftovers took while the page went away.
      pageLock?.letGo()
      comingBack = pageId
      begin(pageId)
      void outbox.resume(pageId).then(() => {
        if (comingBack !== pageId) return
        isAway = false
        return drain()
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

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

function hostOf(url: string): string {
  return url.split('/', 3).join()
}
