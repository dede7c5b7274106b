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
  /** Hands what waits to the browser, now; what it does not take goes to disk. */
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
/** A post up to this goes with `keepalive`, and outlives the page. */
const KEEPALIVE_BYTES = 48 * 1024
/** Of one post. The service takes more; the main thread, and a weak network, do not like to. */
const POST_BYTES = 256 * 1024
/** Without a word from the server, so long after it said "too many". */
const AFTER_429_MS = 30_000

interface ChannelState {
  tail: Promise<void>
  failures: number
  /** Not before this, epoch ms. */
  retryAt: number
  /** The server asked for it, so that not even a flush by hand is earlier. */
  isTold: boolean
  postBytes: number
  cancel: (() => void) | undefined
  /** Whether the last post was answered; undefined before the first. */
  isAnswered: boolean | undefined
}

export function createSender(parts: SenderParts): Sender {
  const { channels, outbox, pageLock, http, beacon, clock, page, sdkKey, consent, onDelivery, log } = parts
  let { pageId } = parts
  const encoder = new TextEncoder()
  const states = new Map<Channel, ChannelState>()
  // On their way, with their bytes where they outlive the page.
  const inFlight = new Map<readonly Batch[], number>()
  let stopPage: (() => void) | undefined
  let isStopped = false
  let thaw = () => {}
  let frozen = new Promise<void>((resolve) => (thaw = resolve))

  const stateOf = (channel: Channel): ChannelState => {
    let state = states.get(channel)
    if (!state) {
      state = {
        tail: Promise.resolve(),
        failures: 0,
        retryAt: 0,
        isTold: false,
        postBytes: POST_BYTES,
        cancel: undefined,
        isAnswered: undefined,
      }
      states.set(channel, state)
    }
    return state
  }

  const inFlightBytes = () => [...inFlight.values()].reduce((sum, bytes) => sum + bytes, 0)
  const stripped = ({ strip }: Channel, items: readonly unknown[]) => (strip ? items.map(strip) : items)

  /** The next look at a channel: its interval, or the end of its pause. */
  const schedule = (channel: Channel) => {
    const state = stateOf(channel)
    state.cancel?.()
    if (isStopped) return
    const wait = state.failures ? Math.max(state.retryAt - clock.now(), 0) : channel.flushMs
    state.cancel = clock.after(wait, () => void send(channel, 'interval'))
  }

  const pause = (state: ChannelState, ms: number, isTold: boolean) => {
    state.retryAt = clock.now() + ms
    state.isTold = isTold
  }

  /** Posts once. @returns whether there may be more to post */
  const post = async (channel: Channel, batches: Batch[], reason: FlushReason): Promise<boolean> => {
    const { kind, url, headers } = channel
    const state = stateOf(channel)
    const items = batches.flatMap((batch) => batch.items)
    const body = JSON.stringify(channel.body(stripped(channel, items)))
    const size = encoder.encode(body).length
    const keepalive = size <= KEEPALIVE_BYTES && inFlightBytes() + size <= IN_FLIGHT_BYTES
    const tell = (outcome: Delivery['outcome'], status: number | undefined, count = items.length) =>
      onDelivery({ kind, count, reason, transport: 'fetch', outcome, ...(status !== undefined && { status }) })

    inFlight.set(batches, keepalive ? size : 0)
    const { status, retryAfterMs } = await http.post(url, body, {
      keepalive,
      ...(headers && { headers: headers((batches[0] as Batch).mode) }),
    })
    // Page hide counted it as delivered, or consent was declined meanwhile.
    if (!inFlight.delete(batches)) return false
    state.isAnswered = status !== undefined

    if (status !== undefined && status >= 200 && status < 300) {
      state.failures = 0
      outbox.remove(batches)
      tell('sent', status)
      log.recovered(kind)
      return true
    }
    if (status === 413 && items.length > 1) {
      state.postBytes = size / 2
      const half = items.length >> 1
      outbox.remain(batches, [items.slice(0, half), items.slice(half)])
      return true
    }
    const isFinal = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
    if (isFinal) {
      outbox.remove(batches)
      tell('dropped', status)
      log.once('error', `${kind} ${status}`, `${kind}: refused with status ${status} and dropped`)
      return true
    }
    outbox.release(batches)
    const isTold = status === 429 || status === 408
    pause(state, Math.max(retryAfterMs ?? (isTold ? AFTER_429_MS : 0), backoff(++state.failures)), isTold)
    tell(status === undefined && page.isOnline() ? 'blocked' : 'kept', status)
    log.once('warn', kind, `${kind}: not delivered (${status ?? 'no answer'}); kept, and tried again`)
    return false
  }

  const mayPost = (state: ChannelState, reason: FlushReason) =>
    consent() === 'granted' &&
    page.isOnline() &&
    (clock.now() >= state.retryAt || (!state.isTold && (reason === 'manual' || reason === 'destroy')))

  /** Posts all that waits of a kind, one post after the other. */
  const send = (channel: Channel, reason: FlushReason): Promise<void> => {
    const state = stateOf(channel)
    const run = async () => {
      await outbox.write()
      while (mayPost(state, reason)) {
        const batches = outbox.claim(channel.kind, state.postBytes)
        if (!batches.length || !(await post(channel, batches, reason))) break
      }
      schedule(channel)
    }
    return (state.tail = state.tail.then(run).catch((fault: unknown) => log.error(String(fault))))
  }
  const sendAll = async (reason: FlushReason) => {
    await Promise.all(channels.map((channel) => send(channel, reason)))
  }

  /** Sends what dead pages left behind, as the only page at it. */
  const drain = async () => {
    if (!pageLock || consent() !== 'granted' || !page.isOnline() || isStopped) return
    try {
      await pageLock.alone(async () => {
        const dead = await pageLock.dead((await outbox.pages()).filter((id) => id !== pageId))
        if (!dead.length) return
        await outbox.adopt(dead)
        await Promise.race([sendAll('interval'), frozen])
        // What could not be sent is for whoever is next: this page does not own it any longer.
        outbox.disown()
      })
    } catch (fault) {
      log.debug(`leftovers cannot be read: ${String(fault)}`)
    }
  }

  const handOver = (channel: Channel, batches: Batch[], taken: Batch[], partly: Map<Batch, unknown[]>) => {
    const { kind, beaconUrl, beaconExtra } = channel
    const tell = (outcome: Delivery['outcome'], transport: Delivery['transport'], count: number) =>
      onDelivery({ kind, count, reason: 'hide', transport, outcome })
    const done = new Map<Batch, number>()
    let budget = IN_FLIGHT_BYTES - inFlightBytes() - handedOver
    if (consent() === 'granted' && page.isOnline() && stateOf(channel).isAnswered !== false) {
      for (const { items, from } of chunksOf(batches, BEACON_BYTES)) {
        const body = JSON.stringify({
          entries: channel.body(stripped(channel, items)),
          token: sdkKey,
          sdk: SDK_VERSION,
          ...beaconExtra?.((batches[0] as Batch).mode),
        })
        const size = encoder.encode(body).length
        if (size > budget) break
        if (!beacon.send(beaconUrl, body)) {
          tell('refused', beacon.transport, items.length)
          break
        }
        budget -= size
        handedOver += size
        for (const [batch, count] of from) done.set(batch, count)
        tell('sent', beacon.transport, items.length)
      }
    }
    let kept = 0
    for (const batch of batches) {
      const count = done.get(batch) ?? 0
      if (count === batch.items.length) taken.push(batch)
      else if (count) partly.set(batch, batch.items.slice(count))
      kept += batch.items.length - count
    }
    if (kept) tell('kept', 'disk', kept)
  }
  // Beacons of the last moments: the browser does not say when they arrived.
  let handedOver = 0

  return {
    start() {
      for (const channel of channels) schedule(channel)
      pageLock?.hold(pageId)
      stopPage = page.onChange(() => {
        if (!page.isActive()) return
        handedOver = 0
        // What waits since the network went, and what other pages left.
        for (const channel of channels) if (stateOf(channel).failures) void send(channel, 'interval')
        void drain()
      })
      clock.whenIdle(1_000, () => void drain())
    },
    async flush(reason) {
      await sendAll(reason)
      if (reason === 'interval') void drain()
    },
    hide(isLast) {
      const waiting = outbox.prepareHide()
      const taken: Batch[] = []
      const partly = new Map<Batch, unknown[]>()
      for (const [channel, batches] of runsOf(waiting, channels)) handOver(channel, batches, taken, partly)
      if (isLast) {
        // The browser sees these through without the page, as it does with beacons.
        for (const [batches, bytes] of inFlight) {
          if (!bytes) continue
          inFlight.delete(batches)
          taken.push(...batches)
        }
      }
      outbox.settleHide(taken, partly)
    },
    freeze() {
      thaw()
      pageLock?.letGo()
      outbox.freeze()
    },
    resume(id) {
      pageId = id
      frozen = new Promise<void>((resolve) => (thaw = resolve))
      outbox.resume(id)
      pageLock?.hold(id)
      void drain()
    },
    stop() {
      isStopped = true
      thaw()
      stopPage?.()
      for (const { cancel } of states.values()) cancel?.()
      pageLock?.letGo()
    },
  }
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
