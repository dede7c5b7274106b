import { stringify } from '../../shared/json'
import { bytesOf } from '../../impressions/packing'
import { BEACON_MS, COUNTED_MS } from './endpoints'
import { toldPauseOf, verdictOf, type Verdict } from './verdictOf'
import type { Delivery as News, FlushReason } from '../../shared/types'
import type { Entry } from './batch'
import type { Doubts } from './doubts'
import type { Hide } from './hide'
import type { Tools } from './tools'
import type { Channel } from './types'
import type { WriteAhead } from './writeAhead'

/** Posts what waits by fetch. */
export interface Post {
  /** Begins to post at the interval of each channel. */
  start(): void
  /** Posts all that waits. `isLong`: it is much. Resolves when it was answered, or is kept; never rejects. */
  send(reason: Exclude<FlushReason, 'hide'>, isLong?: boolean): Promise<void>
  /** Posts what could not be posted when its interval was over. */
  retry(): void
  /** Begins to post a kind that is new, or whose interval changed. */
  onChannel(channel: Channel): void
}

interface PostParts extends Tools {
  writeAhead: WriteAhead
  hide: Pick<Hide, 'isNoted' | 'renewNote' | 'mayStillGo'>
  doubts: Doubts
}

/** Largest post that goes with `keepalive`, and so outlives the page. */
const POST_BYTES = 48 * 1024
/**
 * The number of posts in a row that are so small, some tenths of a second: a page that is left is mostly left soon after it
 * recorded much.
 */
const SMALL_POSTS = 4
/** Posts that go beside the first at the same time, where thousands of items wait. */
const MORE_LANES = 2
/** Largest post of a hidden page, in UTF-16 units: at 3 bytes a unit it still fits in one keepalive request. */
const HIDDEN_BYTES = POST_BYTES / 3
/** Largest post, where thousands of items wait. With 128 KiB, a CPU that is four times slower had a task of more than 50 ms. */
const MOST_BYTES = 64 * 1024

/** The state of the posting of one kind. */
interface Course {
  /** The end of the last posts that were asked for. The next ones wait for it. */
  tail: Promise<void>
  /**
   * The monotonic time of the last call for posts. What is recorded later is left to the next call, or posts that record something
   * would go on for ever.
   */
  until: number
  /** Most that the server takes in one post. */
  mostBytes: number
  /** The last posts could not be made: there was no network, or no room for a keepalive request of a hidden page. */
  isBarred: boolean
  /** Cancels the next look at what waits. */
  cancel?: () => void
}

export function createPost(parts: PostParts): Post {
  const { channels, outbox, dedupe, endpoints, writeAhead, hide, life, clock, page, consent, tell, log } = parts
  const courses = new Map<string, Course>()
  const stopping = new AbortController()
  let isStarted = false
  const wait = (ms: number) => new Promise<void>((go) => clock.after(ms, go, true))
  parts.stops.push(() => {
    stopping.abort()
    for (const { cancel } of courses.values()) cancel?.()
  })

  const courseOf = ({ kind }: Channel): Course => {
    let course = courses.get(kind)
    if (!course) {
      course = { tail: Promise.resolve(), until: 0, mostBytes: Infinity, isBarred: false }
      courses.set(kind, course)
    }
    return course
  }

  const judge = (channel: Channel) => parts.doubts.judge(channel, () => void send(channel, 'interval', false))

  /** Makes one post and does what its answer asks for. @returns whether the next post may follow at once */
  const postOnce = async (channel: Channel, entries: Entry[], reason: FlushReason): Promise<boolean> => {
    const { kind, url } = channel
    const items = entries.flatMap((entry) => entry.items)
    let body = ''
    try {
      if (!channel.post) body = stringify(channel.body(items))
    } catch {
      // Something that was found on disk cannot be made a body.
    }
    const bytes = bytesOf(body)
    // An integration may make several requests, the last one late: none of them is known to outlive the page.
    const isSmall = bytes <= POST_BYTES && !channel.post
    // After a failure the next page sends again whatever this page posts, so the post must end with its page, or it may arrive twice:
    // Chromium repeats a request whose connection was cut, even one of a page that is gone.
    const isWell = endpoints.isWell(url)
    const signal = isWell ? stopping.signal : life.signal
    const keepalive = isWell && isSmall && bytes <= endpoints.room()
    if (page.isHidden() && isWell && !keepalive) {
      outbox.unclaim(entries, false)
      courseOf(channel).isBarred = true
      return false
    }
    const begunIn = life.number
    for (const entry of entries) entry.sentAt = keepalive ? clock.elapsed() : undefined
    hide.renewNote()
    const end = endpoints.begin(keepalive ? bytes : 0)
    const [{ id, mode }] = entries as [Entry]
    const headers = channel.headers?.(mode) ?? {}
    // A post without a body counts as too big, so that it is halved again and again, and all but the culprit is sent.
    const answer = await (channel.post?.(items, id) ??
      (body ? parts.post(url, body, { keepalive, headers, signal }) : { status: 413 }))
    end()
    const { status } = answer
    const verdict = verdictOf(answer)
    const ours = entries.filter(outbox.has)
    if (ours.length || verdict !== 'unanswered') {
      endpoints.note(url, verdict, verdict === 'busy' ? toldPauseOf(answer) : 0, status)
    }
    if (ours.length) {
      const outcome = settle(channel, ours, verdict, status)
      const told = { kind, items: ours.flatMap((entry) => entry.items), reason, transport: 'fetch' } as const
      if (outcome) tell({ ...told, outcome, ...(status && { status }) })
    }
    if (status) {
      // Batches of a life that has ended are another page's to delete, or to send again, or this page has adopted them meanwhile.
      for (const entry of entries.filter((each) => !ours.includes(each))) {
        const again = outbox.entries.get(entry.id)
        if (verdict === 'delivered') outbox.arrived.add(entry.id)
        else if (again) delete again.doubt
        else outbox.refused.add(entry.id)
      }
    } else if (
      keepalive &&
      verdict === 'unanswered' &&
      begunIn + 1 === life.number &&
      page.losesPosts() &&
      hide.mayStillGo()
    ) {
      // The page is leaving, and Firefox gave the post up: its batches may still go by a beacon. What other posts carried is on disk, or noted.
      outbox.restore(entries)
    }
    judge(channel)
    hide.renewNote()
    // The next page must not find what was delivered, and must know of a failure, so this is written at once.
    void writeAhead.write()
    return verdict === 'delivered' || verdict === 'tooBig' || verdict === 'invalid'
  }

  /** Does to the batches of a post what its answer asks for. @returns what became of them; undefined when they wait in halves */
  const settle = (
    channel: Channel,
    entries: readonly Entry[],
    verdict: Verdict,
    status: number | undefined,
  ): News['outcome'] | undefined => {
    const { kind, url } = channel
    if (verdict === 'tooBig' && outbox.split(entries)) {
      courseOf(channel).mostBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0) / 2
      return undefined
    }
    if (verdict === 'invalid' && !entries.every(({ isSuspect }) => isSuspect)) {
      for (const entry of entries) entry.isSuspect = true
      outbox.unclaim(entries)
      return 'kept'
    }
    if (verdict === 'delivered') {
      outbox.remove(entries)
      for (const fault of [kind, `${kind} redirected`]) log.recovered(fault)
      return 'sent'
    }
    if (verdict === 'invalid' || verdict === 'tooBig') {
      outbox.remove(entries)
      log.once('error', `${kind} ${status}`, `${kind}: refused with status ${status} and dropped`)
      return 'dropped'
    }
    outbox.unclaim(entries)
    if (verdict === 'redirected') {
      const what = channel.post ? 'its URL' : '`urls`'
      log.once('error', `${kind} redirected`, `${kind}: kept, ${url} redirects posts: set ${what} to where it leads`)
    } else {
      const why = status || `no answer from ${url}`
      log.once('warn', kind, `${kind}: not delivered (${why}); kept, and tried again`)
    }
    return verdict === 'unanswered' && page.isOnline() ? 'blocked' : 'kept'
  }

  /** Batches are stored before they are posted, so that no crash loses them, and because the writing finds what other pages recorded. */
  const isStoredFirst = ({ merge }: Channel) => !merge && writeAhead.usableStore() !== undefined
  const isBehind = (channel: Channel) =>
    isStoredFirst(channel) &&
    [...outbox.entries.values()].some(
      ({ kind, disk, since }) => kind === channel.kind && disk !== 'yes' && since <= courseOf(channel).until,
    )

  const send = (channel: Channel, reason: FlushReason, isLong: boolean): Promise<void> => {
    const course = courseOf(channel)
    const { kind, url } = channel
    course.until = clock.elapsed()
    const isByHand = reason === 'manual' || reason === 'destroy'
    const mayPost = () => {
      const isReady = life.state !== 'asked' && (life.state !== 'ended' || isByHand)
      return (
        consent.isGranted && !parts.stops.isStopped && page.isOnline() && isReady && !endpoints.waitMs(url, isByHand)
      )
    }
    const mayClaim = (entry: Entry) => {
      if (entry.since > course.until || (entry.disk !== 'yes' && isStoredFirst(channel))) return false
      dedupe.sift([entry])
      return true
    }
    return (course.tail = course.tail.then(async () => {
      course.isBarred = !page.isOnline()
      await life.whenAnswered
      judge(channel)
      await writeAhead.writeSome()
      dedupe.learnNotes()
      outbox.gather(true)
      course.until = clock.elapsed()
      const lanes: Promise<void>[] = []
      let small = isLong ? 0 : SMALL_POSTS
      const postAll = async () => {
        while (mayPost()) {
          // This removes the notes of this page, unless the store fails: who finds one later would send again what is posted now.
          if (hide.isNoted()) await writeAhead.write()
          const isKept = small || page.isHidden()
          if (isKept && endpoints.room() < POST_BYTES) await wait(2 * COUNTED_MS)
          outbox.gather(true)
          outbox.keepLimits()
          const most = page.isHidden() ? HIDDEN_BYTES : small ? POST_BYTES : MOST_BYTES
          const entries = mayPost() ? outbox.claim(kind, Math.min(most, course.mostBytes), mayClaim) : []
          if (!entries.length) {
            if (!isBehind(channel) || !mayPost()) return
            await writeAhead.writeSome()
            continue
          }
          if (small) small--
          else if (lanes.length < MORE_LANES) {
            // The sooner a long queue is gone, the less a crash can interrupt. A lane begins in a task of its own, as a big body takes long.
            lanes.push(wait(0).then(postAll))
          }
          if (!(await postOnce(channel, entries, reason))) return
        }
      }
      await postAll()
      for (const lane of lanes) await lane
      lookLater(channel)
    }))
  }
  /** Looks again after the interval, at the end of a pause, or when the browser may have room for another keepalive request. */
  const lookLater = (channel: Channel) => {
    const course = courseOf(channel)
    course.cancel?.()
    const { flushMs, url } = channel
    // The pause of a failed post may be over when the last of the posts beside it ends.
    const isSoon = (course.isBarred && page.isOnline()) || !endpoints.isWell(url)
    const ms = endpoints.waitMs(url, false) || (isSoon ? BEACON_MS : flushMs)
    const look = () => void send(channel, 'interval', false)
    if (isStarted && !parts.stops.isStopped) course.cancel = clock.after(ms, look, true)
  }

  return {
    start() {
      isStarted = true
      channels.forEach((channel) => lookLater(channel))
    },
    async send(reason, isLong = false) {
      await Promise.all([...channels.values()].map((channel) => send(channel, reason, isLong)))
    },
    retry() {
      for (const channel of channels.values()) {
        const { isBarred } = courseOf(channel)
        if (isBarred || !endpoints.isWell(channel.url)) void send(channel, 'interval', false)
      }
    },
    onChannel: lookLater,
  }
}
