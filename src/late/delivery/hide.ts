import { MOST_LAST_NOTE, MOST_NOTE } from '../../browser/hideNote'
import { SDK_VERSION } from '../../shared/version'
import type { HideMoment } from '../../browser/page'
import { packBeacons } from '../../impressions/packing'
import { change, type Entry, type StoredId } from './batch'
import type { Tools } from './tools'
import type { Channel } from './types'

/** Everything that a page does as it goes. All of it is synchronous, because there may be no later task. */
export interface Hide {
  /** Hands what waits to the browser, as far as that takes it, and notes the rest. The next call does not find what this one handed over. */
  hide(moment: HideMoment): void
  /** Notes or stores what waits, and hands nothing over: this client ends, and its page may live on. */
  leave(): void
  /** Whether the page may be about to go: there was a `beforeunload`, and its `pagehide` is still to come. */
  mayStillGo(): boolean
  /** Whether this page has left a note, which may be out of date by now. */
  isNoted(): boolean
  /** Writes the notes of this page anew, as things are now. `taken`: a dead life whose note is this page's from now on. */
  renewNote(taken?: string): void
  /** Removes the notes of this page, once the store says the same. */
  removeNotes(): void
  /** Resolves when the database has taken what no note took, or has failed to; undefined where that never was needed. */
  whenPut(): Promise<unknown> | undefined
  /** Puts back what a beacon carried to this URL, because the page's own policy blocked it. @returns whether the URL is one of ours */
  onBlocked(url: string): boolean
}

type News = Parameters<Tools['tell']>[0]

export function createHide(tools: Tools): Hide {
  const { channels, outbox, dedupe, endpoints, life, beacon, notes, store, clock, page, consent, log } = tools
  const envelope = { token: tools.sdkKey, sdk: SDK_VERSION }
  /** The lives of which this page has left a note. */
  const noted = new Set<string>()
  /** The batches of which listeners heard that they are kept. They hear it once, however often their tab is hidden. */
  const told = new WeakSet<Entry>()
  /** The last event was `beforeunload`, which leaves time. `pagehide` is still to come. */
  let hasTime = false
  /** The beacons of the last event carried these batches, even if the browser ended its script before they left the outbox. */
  let handedOver: Entry[] = []
  let putting: Promise<unknown> | undefined

  const hide = (moment: HideMoment) => {
    hasTime = moment === 'beforeunload'
    if (!consent.isGranted) return moment === 'hidden' ? undefined : endLife([...outbox.entries.values()])
    // If there is time, the notes are read once more: the page before this one may have left its own a moment ago.
    dedupe.learnNotes(hasTime)
    const isBlind = dedupe.isBlind()
    if (!isBlind) dedupe.sift(outbox.entries.values())
    // The browser may have ended the script of the last event right after a beacon.
    outbox.remove(handedOver)
    handedOver = []
    // Counts are gathered after the sifting, so that they include the items which it took out.
    outbox.gather(false)
    // Both notes hold the same batches, which are packed once.
    const texts = new Map<Entry, string>()
    // If there is time, a first note keeps all, should the browser end the script at the beacons. Without time the beacons come first:
    // a closing Firefox ends the script at the first call of localStorage.
    if (hasTime) leaveNotes(MOST_NOTE, texts)
    const news = sendBeacons(isBlind)
    let unnoted: readonly Entry[] = leaveNotes(hasTime ? MOST_NOTE : MOST_LAST_NOTE, texts)
    news.push(...newsOfKept())
    // A page that lives on without a lock keeps them in memory: what it put would be anybody's.
    if (life.state === 'held' || moment === 'pagehide') unnoted = putAtOnce(unnoted, moment !== 'hidden')
    // Anybody may apply the note of a page that does not hold its lock: its life ends even if the page is only hidden.
    if (moment !== 'hidden' || life.state !== 'held') endLife(unnoted)
    // Listeners are foreign code: they are told when everything is done.
    page.soon(() => news.forEach(tools.tell))
  }

  /**
   * @param isBlind other pages may have recorded the same impressions. They stay for the note: whoever takes it over will know
   * @returns what listeners are to be told
   */
  const sendBeacons = (isBlind: boolean): News[] => {
    const news: News[] = []
    if (!page.isOnline()) return news
    const waiting = [...outbox.entries.values()].filter(
      ({ state, doubt }) => state === 'waiting' && doubt === undefined,
    )
    const mayGo = ({ beaconUrl, identity, url }: Channel) =>
      beaconUrl && !(isBlind && identity) && endpoints.isWell(url)
    const open = new Set([...channels.values()].filter(mayGo))
    const most = endpoints.room()
    let room = most
    const sendKind = (channel: Channel, isSaved: boolean) => {
      const { kind, isReady, post } = channel
      const units = waiting
        .filter((entry) => entry.kind === kind && (entry.disk === 'yes') === isSaved)
        .filter(({ items }) => !isReady || items.every((item) => isReady(item)))
      if (!units.length) return
      const beacons = packBeacons(channel, units, room, post ? undefined : envelope)
      for (const { url, text, bytes, units: carried } of beacons) {
        const isTaken = beacon.send(url, text, carried, handedOver)
        news.push(...newsOf(carried, beacon.transport, isTaken ? 'sent' : 'refused'))
        if (!isTaken) return void open.delete(channel)
        room -= bytes
      }
    }
    // pennon's own kinds come before those of integrations, and what is not on disk before what is.
    for (const isForeign of [false, true]) {
      for (const isSaved of [false, true]) {
        for (const channel of open) if (!channel.post !== isForeign) sendKind(channel, isSaved)
      }
    }
    outbox.remove(handedOver)
    endpoints.spend(most - room)
    return news
  }

  /**
   * Notes what memory knows and the disk does not: one note for this life, and one for each that it adopted.
   *
   * @param most longest note of this life, UTF-16 units
   * @param texts batches that were packed before, see `writeNote`
   * @returns the batches that no note took
   */
  const leaveNotes = (most = MOST_NOTE, texts?: Map<Entry, string>): Entry[] => {
    if (!notes) return []
    const left: Entry[] = []
    /** The records that the batches of this life's note replace. They may lie under an adopted life. */
    let replaced: StoredId[] = []
    for (const home of [life.id, ...life.adopted.keys()]) {
      const isOwn = home === life.id
      const content = contentOf(home, isOwn, replaced)
      // The batches of an adopted life were in its note before, and go back there at any length that a note may have.
      const { text, left: tooMuch } = tools.packing.writeNote(content, isOwn ? most : MOST_NOTE, texts)
      const isTaken = text === undefined || notes.write(home, text)
      if (text === undefined) forgetNote(home)
      else if (isTaken) noted.add(home)
      // An adopted life's batches need no other place: when its new note is refused, the old one stays as it is.
      if (!isOwn) continue
      left.push(...(isTaken ? tooMuch : content.batches))
      replaced = content.batches.filter((entry) => !left.includes(entry)).flatMap(({ replaces }) => replaces)
    }
    return left
  }
  /** The content of the note of a life. */
  const contentOf = (home: string, isOwn: boolean, replaced: readonly StoredId[]) => {
    const lying = [...outbox.entries.values()].filter(
      ({ disk, home: storedUnder, notedBy = life.id }) => (disk === 'yes' ? storedUnder : notedBy) === home,
    )
    const batches = lying.filter(({ disk }) => disk !== 'yes')
    const doubtful = lying.filter((entry) => isDoubtful(entry) || (entry.disk !== 'yes' && entry.doubt !== undefined))
    const gone = [...outbox.gone.values(), ...replaced]
    const delivered = gone.filter((stored) => stored.home === home).map(({ id }) => id)
    return {
      delivered,
      doubtful: doubtful.map((entry) => [entry.id, entry.doubt ?? sentAtOf(entry)] as const),
      batches,
      seen: isOwn ? [...outbox.unstored] : [],
      disk: delivered.length > 0 || [...batches, ...doubtful].some((entry) => entry.home || entry.replaces[0]),
    }
  }
  /** The time when a batch was sent, by the wall clock as it is set now, with which other pages compare it. */
  const sentAtOf = ({ sentAt }: Entry) => clock.now() - clock.elapsed() + sentAt!
  /**
   * Whether nobody will know if a batch arrived when the page goes, because its post outlives the page. No post of an integration does.
   * Where the endpoint failed before, the batch did not arrive: it is sent again.
   */
  const isDoubtful = (entry: Entry) => {
    const isOnItsWay = entry.state === 'sending' && entry.sentAt !== undefined
    return isOnItsWay && endpoints.wasDelivered(channels.get(entry.kind)!.url, sentAtOf(entry)) !== false
  }
  const forgetNote = (home: string) => {
    if (noted.delete(home)) notes!.remove(home)
  }

  const newsOfKept = (): News[] => {
    const untold = [...outbox.entries.values()].filter((entry) => !told.has(entry) && told.add(entry))
    const kept = (isSaved: boolean) =>
      untold.filter(({ state, disk }) => state === 'waiting' && (disk === 'yes') === isSaved)
    return [
      ...newsOf(kept(true), 'disk', 'kept'),
      ...(notes ? newsOf(kept(false), 'note', 'kept') : []),
      ...newsOf(untold.filter(isDoubtful), 'fetch', 'doubtful'),
    ]
  }
  /**
   * Puts into the database what no note took. A closing tab keeps that, unless another transaction is in its way.
   *
   * @param isLast the life ends, and takes these batches out of the outbox
   * @returns those that it cannot put, as there is no database
   */
  const putAtOnce = (entries: readonly Entry[], isLast: boolean): readonly Entry[] => {
    if (!store || !entries.length) return entries
    for (const entry of entries) {
      change(entry, 'write')
      entry.home = life.id
    }
    const end = (transition: 'saved' | 'unsaved') => () => {
      for (const entry of entries) change(entry, transition)
      // If the page lives on, it keeps what the database did not take either.
      if (transition === 'unsaved' && isLast && consent.isGranted) outbox.restore(entries)
    }
    putting = Promise.all([putting, store.putAtOnce(entries).then(end('saved'), end('unsaved'))])
    return []
  }

  const endLife = (unnoted: readonly Entry[]) => {
    if (!notes) return
    dedupe.forget(outbox.leave(unnoted))
    noted.clear()
    life.end()
  }

  return {
    hide,
    leave() {
      endLife(consent.isGranted ? putAtOnce(leaveNotes(), true) : [])
    },
    mayStillGo: () => hasTime && life.state === 'ended',
    isNoted: () => noted.size > 0,
    renewNote(taken) {
      if (taken) noted.add(taken)
      if (noted.size) leaveNotes()
    },
    removeNotes: () => noted.forEach(forgetNote),
    whenPut: () => putting,
    onBlocked(url) {
      // An integration without beacons is left out: its `url` is its name, which may be `data` or `inline`, as the browser
      // calls what it blocked without an address.
      const blocked = [...channels.values()].filter(
        (channel) => channel.beaconUrl && (url.startsWith(channel.url) || url.startsWith(channel.beaconUrl)),
      )
      for (const channel of blocked) {
        const why = `the page's Content-Security-Policy blocks ${url}: add that to connect-src`
        log.once('error', `${channel.kind} policy`, `${channel.kind}: kept, ${why}`)
        endpoints.note(channel.url, 'unanswered')
        if (!consent.isDeclined) outbox.restore(handedOver.filter(({ kind }) => kind === channel.kind))
        handedOver = handedOver.filter(({ kind }) => kind !== channel.kind)
      }
      return blocked.length > 0
    },
  }
}

/** The news of some batches for listeners, kind by kind. */
function newsOf(entries: readonly Entry[], transport: News['transport'], outcome: News['outcome']): News[] {
  return [...new Set(entries.map(({ kind }) => kind))].map((kind) => {
    const items = entries.filter((entry) => entry.kind === kind).flatMap((entry) => entry.items)
    return { kind, items, reason: 'hide', transport, outcome }
  })
}
