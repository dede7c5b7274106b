import { SDK_VERSION } from '../shared/version'
import { backoff } from '../shared/backoff'
import { chunksOf } from './chunk'
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
/** Of one post: it goes with `keepalive`, and outlives the page. */
const POST_BYTES = 48 * 1024
/** Of one post of leftovers, of which there may be thousands. More at once would make a long task on the main thread. */
const LEFTOVERS_BYTES = 256 * 1024
/** Without a word from the server, so long after it said "too many". */
const AFTER_429_MS = 30_000

interface ChannelState {
  tail: Promise<void>
  failures: number
  /** Not before this, epoch ms. */
  retryAt: number
  /** The server asked for it, so that not even a flush by hand is earlier. */
  isTold: boolean
  /** The server takes no more in one post. */
  mostBytes: number
  cancel: (() => void) | undefined
}

export function createSender(parts: SenderParts): Sender {
  const { channels, outbox, pageLock, http, beacon, clock, page, sdkKey, consent, onDelivery, log } = parts
  let { pageId } = parts
  const encoder = new TextEncoder()
  const states = new Map<Channel, ChannelState>()
  // Hosts whose last post got no answer. A beacon to one would be taken by the browser, and lost.
  const silentHosts = new Set<string>()
  // On their way, with their bytes where they outlive the page.
  const inFlight = new Map<readonly Batch[], number>()
  // Beacons of the last moments: the browser does not say when they arrived.
  let beaconBytes = 0
  let stopPage: (() => void) | undefined
  let cancelFirstDrain: (() => void) | undefined
  let isStopped = false
  let isDraining = false
  let thaw = () => {}
  let frozen = Promise.resolve()

  const stateOf = (channel: Channel): ChannelState => {
    let state = states.get(channel)
    if (!state) {
      state = {
        tail: Promise.resolve(),
        failures: 0,
        retryAt: 0,
        isTold: false,
        mostBytes: Infinity,
        cancel: undefined,
      }
      states.set(channel, state)
    }
    return state
  }

  const inFlightBytes = () => [...inFlight.values()].reduce((sum, bytes) => sum + bytes, beaconBytes)
  const bodyOf = (channel: Channel, items: readonly unknown[]) =>
    channel.body(channel.strip ? items.map((item) => channel.strip?.(item)) : items)

  /** The next look at a channel: its interval, or the end of its pause. */
  const schedule = (channel: Channel) => {
    const state = stateOf(channel)
    state.cancel?.()
    if (isStopped) return
    const pause = state.retryAt - clock.now()
    state.cancel = clock.after(pause > 0 ? pause : channel.flushMs, () => void send(channel, 'interval').then(drain))
  }

  /** Posts once. @returns whether there may be more to post */
  const post = async (channel: Channel, batches: Batch[], reason: FlushReason): Promise<boolean> => {
    const { kind, url } = channel
    const state = stateOf(channel)
    const items = batches.flatMap((batch) => batch.items)
    const body = JSON.stringify(bodyOf(channel, items))
    const size = encoder.encode(body).length
    const keepalive = size <= POST_BYTES && inFlightBytes() + size <= IN_FLIGHT_BYTES
    const tell = (outcome: Delivery['outcome']) =>
      onDelivery({
        kind,
        count: items.length,
        reason,
        transport: 'fetch',
        outcome,
        ...(status !== undefined && { status }),
      })

    inFlight.set(batches, keepalive ? size : 0)
    const { status, retryAfterMs } = await http.post(url, body, {
      keepalive,
      headers: channel.headers?.((batches[0] as Batch).mode) ?? {},
    })
    if (status === undefined) silentHosts.add(hostOf(url))
    else silentHosts.delete(hostOf(url))
    // Page hide left it to the browser.
    if (!inFlight.delete(batches)) return false

    if (status !== undefined && status >= 200 && status < 300) {
      state.failures = 0
      outbox.remove(batches)
      tell('sent')
      log.recovered(kind)
      return true
    }
    if (status === 413 && items.length > 1) {
      state.mostBytes = size / 2
      const half = items.length >> 1
      outbox.split(batches, [items.slice(0, half), items.slice(half)])
      return true
    }
    const isTold = status === 429 || status === 408
    if (status !== undefined && status >= 400 && status < 500 && !isTold) {
      outbox.remove(batches)
      tell('dropped')
      log.once('error', `${kind} ${status}`, `${kind}: refused with status ${status} and dropped`)
      return true
    }
    outbox.release(batches)
    const wait = Math.max(retryAfterMs ?? (status === 429 ? AFTER_429_MS : 0), backoff(++state.failures))
    state.retryAt = clock.now() + wait
    state.isTold = isTold
    tell(status === undefined && page.isOnline() ? 'blocked' : 'kept')
    log.once('warn', kind, `${kind}: not delivered (${status ?? 'no answer'}); kept, and tried again`)
    return false
  }

  const mayPost = (state: ChannelState, reason: FlushReason) =>
    !isStopped &&
    consent() === 'granted' &&
    page.isOnline() &&
    (clock.now() >= state.retryAt || (!state.isTold && (reason === 'manual' || reason === 'destroy')))

  /** Posts all that waits of a kind, one post after the other. */
  const send = (channel: Channel, reason: FlushReason): Promise<void> => {
    const state = stateOf(channel)
    return (state.tail = state.tail.then(async () => {
      await outbox.write()
      while (mayPost(state, reason)) {
        const most = Math.min(isDraining ? LEFTOVERS_BYTES : POST_BYTES, state.mostBytes)
        const batches = outbox.claim(channel.kind, most)
        if (!batches.length || !(await post(channel, batches, reason))) break
      }
      schedule(channel)
    }))
  }
  const sendAll = async (reason: FlushReason) => {
    await Promise.all(channels.map((channel) => send(channel, reason)))
  }

  /** Sends what dead pages left behind, as the only page at it. */
  const drain = async () => {
    if (!pageLock || isDraining || consent() !== 'granted' || !page.isOnline() || isStopped) return
    try {
      await pageLock.alone(async () => {
        const dead = await pageLock.dead((await outbox.pages()).filter((id) => id !== pageId))
        if (!dead.length) return
        await outbox.adopt(dead)
        isDraining = true
        await Promise.race([sendAll('interval').then(() => outbox.write()), frozen])
        // What could not be sent is for whoever is next: this page does not own it any longer.
        outbox.disown()
      })
    } catch (fault) {
      log.debug(`leftovers cannot be read: ${String(fault)}`)
    }
    isDraining = false
  }

  /** Gives the browser one run of batches. Notes in `taken` how many items of each it took. */
  const handOver = (channel: Channel, batches: Batch[], taken: Map<Batch, number>) => {
    const { kind, beaconUrl, url } = channel
    const tell = (outcome: Delivery['outcome'], transport: Delivery['transport'], count: number) => {
      if (count) onDelivery({ kind, count, reason: 'hide', transport, outcome })
    }
    let left = batches.reduce((sum, { items }) => sum + items.length, 0)
    // Neither to a host that is silent, nor to a server that asked to wait or is in trouble.
    if (consent() === 'granted' && page.isOnline() && !silentHosts.has(hostOf(url)) && !stateOf(channel).failures) {
      for (const { items, from } of chunksOf(batches, BEACON_BYTES)) {
        const body = JSON.stringify({
          entries: bodyOf(channel, items),
          token: sdkKey,
          sdk: SDK_VERSION,
          ...channel.beaconExtra?.((batches[0] as Batch).mode),
        })
        const size = encoder.encode(body).length
        if (size + inFlightBytes() > IN_FLIGHT_BYTES) break
        if (!beacon.send(beaconUrl, body)) {
          tell('refused', beacon.transport, items.length)
          break
        }
        beaconBytes += size
        left -= items.length
        for (const [batch, count] of from) taken.set(batch, count)
        tell('sent', beacon.transport, items.length)
      }
    }
    tell('kept', 'disk', left)
  }

  const hold = () => {
    frozen = new Promise((resolve) => (thaw = resolve))
    pageLock?.hold(pageId)
    // Also reads what other pages have seen this hour.
    void outbox.write()
  }

  return {
    start() {
      channels.forEach(schedule)
      hold()
      stopPage = page.onChange(() => {
        if (!page.isActive()) return
        beaconBytes = 0
        // What waits since the network went, and what other pages left.
        for (const channel of channels) if (stateOf(channel).failures) void send(channel, 'interval')
        void drain()
      })
      cancelFirstDrain = clock.whenIdle(1_000, () => void drain())
    },
    flush: sendAll,
    hide(isLast) {
      const gone: Batch[] = []
      for (const [batches, bytes] of inFlight) {
        if (!isLast || !bytes) continue
        // The browser sees these through without the page, as it does with beacons.
        inFlight.delete(batches)
        beaconBytes += bytes
        gone.push(...batches)
      }
      outbox.hide((waiting) => {
        const taken = new Map<Batch, number>()
        for (const [channel, batches] of runsOf(waiting, channels)) handOver(channel, batches, taken)
        return taken
      }, gone)
    },
    freeze() {
      thaw()
      pageLock?.letGo()
    },
    resume(id) {
      pageId = id
      outbox.resume(id)
      hold()
      void drain()
    },
    stop() {
      isStopped = true
      thaw()
      stopPage?.()
      cancelFirstDrain?.()
      for (const { cancel } of states.values()) cancel?.()
      outbox.stop()
      pageLock?.letGo()
    },
  }
}

function hostOf(url: string): string {
  return /^\w+:\/\/[^/]+/.exec(url)?.[0] ?? ''
}

/** Neighbours of one kind and mode together: few, larger beacons. */
function runsOf(batches: readonly Batch[], channels: readonly Channel[]): [Channel, Batch[]][] {
  const runs: [Channel, Batch[]][] = []
  for (const batch of batches) {
    const last = runs.at(-1)
    const channel = channels.find(({ kind }) => kind === batch.kind)
    if (last && last[0] === channel && last[1][0]?.mode === batch.mode) last[1].push(batch)
    else if (channel) runs.push([channel, [batch]])
  }
  return runs
}
