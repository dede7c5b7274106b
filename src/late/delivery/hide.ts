import { MOST_LAST_NOTE, MOST_NOTE } from '../../browser/hideNote'
import { SDK_VERSION } from '../../shared/version'
import type { HideMoment } from '../../browser/page'
import { packBeacons } from '../../impressions/packing'
import type { Delivery as News } from '../../shared/types'
import { change, type Entry } from './outbox'
import type { OutboxStore } from './outboxStore'
import type { Tools } from './tools'
import type { Channel } from './types'

/** What a page does as it goes. All of it is synchronous: there may be no later task. */
export interface Hide {
  /** Hands over what waits, as far as the browser takes it, and notes the rest. What one call handed over, the next one does not find. */
  hide(moment: HideMoment): void
  /** Notes what waits, and hands over nothing: this client ends, and its page may live on. */
  leave(): void
  /** Whether the page may be about to go, and its `pagehide` is still to come. */
  mayStillGo(): boolean
  /** Whether there is a note, which may say something else than the page does by now. */
  isNoted(): boolean
  /** Writes the notes anew, as things are now; `taken`: that of a dead life as well, which this page has taken into memory. */
  renewNote(taken?: string): void
  /** Removes the notes of this page: the store says the same. */
  removeNotes(): void
  /** The page's own policy blocked a request to this URL: what a beacon carried there waits again. */
  onBlocked(url: string): void
}

export function createHide(tools: Tools): Hide {
  const { channels, outbox, dedupe, endpoints, life, beacon, notes, store, clock, page, consent, log } = tools
  const envelope = { token: tools.sdkKey, sdk: SDK_VERSION }
  /** The lives that this page left a note of. */
  const noted = new Set<string>()
  /** A tab that is switched to and fro says once what it keeps. */
  const told = new WeakSet<Entry>()
  const news: Parameters<Tools['tell']>[0][] = []
  /** The last event was `beforeunload`: there is time, and `pagehide` is still to come. */
  let hasTime = false
  let handedOver: Entry[] = []

  const hide = (moment: HideMoment) => {
    hasTime = moment === 'beforeunload'
    if (!consent.isGranted) return moment === 'hidden' ? undefined : endLife([...outbox.entries.values()])
    handedOver = []
    // With time it looks again: the page before this one may have been left before its note could be taken over.
    dedupe.learnNotes(hasTime)
    const isBlind = dedupe.isBlind()
    if (!isBlind) dedupe.sift(outbox.entries.values())
    // After that: what turned out to be a repetition is counted.
    outbox.gather(false)
    // There is time for two notes only here. Without the first one, a browser that ends the script after the beacons would keep
    // nothing of what they do not carry.
    if (hasTime) leaveNotes()
    sendBeacons(isBlind)
    let unnoted = leaveNotes(hasTime ? MOST_NOTE : MOST_LAST_NOTE)
    tellKept()
    if (store && life.state === 'held' && unnoted.length) {
      putAtOnce(store, unnoted)
      unnoted = []
    }
    // Behind a free lock anybody may apply the note: then it is no longer this page's.
    if (moment !== 'hidden' || life.state !== 'held') endLife(unnoted)
    // Listeners are foreign code: they are told when everything is done.
    page.soon(() => news.splice(0).forEach(tools.tell))
  }

  /** @param isBlind other pages may have recorded the same: whoever takes over the note will know */
  const sendBeacons = (isBlind: boolean) => {
    if (!page.isOnline()) return
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
      const beacons = units.length ? packBeacons(channel, units, room, post ? undefined : envelope) : []
      for (const { url, text, bytes, units: carried } of beacons) {
        const isTaken = beacon.send(url, text)
        tell(carried, beacon.transport, isTaken ? 'sent' : 'refused')
        if (!isTaken) return void open.delete(channel)
        room -= bytes
        handedOver.push(...carried)
      }
    }
    // Unsaved first, and pennon's own before those of integrations, which get what is left.
    for (const isForeign of [false, true]) {
      for (const isSaved of [false, true]) {
        for (const channel of open) if (!channel.post !== isForeign) sendKind(channel, isSaved)
      }
    }
    outbox.remove(handedOver)
    endpoints.spend(most - room)
  }

  /**
   * Notes what memory knows and the disk does not, of each life of its own.
   *
   * @param most of its own note, UTF-16 units
   * @returns the batches that no note took
   */
  const leaveNotes = (most = MOST_NOTE): Entry[] => {
    if (!notes) return []
    const left: Entry[] = []
    for (const home of [life.id, ...life.adopted.keys()]) {
      const isOwn = home === life.id
      const content = contentOf(home, isOwn)
      // The batches that an adopted life had in its note go back into that note, however long it is.
      const { text, left: tooMuch } = tools.packing.writeNote(content, isOwn ? most : MOST_NOTE)
      const isTaken = text === undefined || notes.write(home, text)
      if (text === undefined) forgetNote(home)
      else if (isTaken) noted.add(home)
      // The note of a dead life stays as it is, so its batches need no other place.
      if (isOwn) left.push(...(isTaken ? tooMuch : content.batches))
    }
    return left
  }
  const contentOf = (home: string, isOwn: boolean) => {
    const entries = [...outbox.entries.values()]
    const its = entries.filter(
      ({ disk, home: place, notedBy = life.id }) => (disk === 'yes' ? place : notedBy) === home,
    )
    const batches = its.filter(({ disk }) => disk !== 'yes')
    const doubtful = its.filter((entry) => isDoubtful(entry) || (entry.disk !== 'yes' && entry.doubt !== undefined))
    const delivered = [...outbox.gone.values()].filter((stored) => stored.home === home).map(({ id }) => id)
    return {
      delivered,
      doubtful: doubtful.map((entry) => [entry.id, entry.doubt ?? sentAtOf(entry)] as const),
      batches,
      seen: isOwn ? [...outbox.unstored] : [],
      disk: delivered.length > 0 || [...batches, ...doubtful].some((entry) => entry.home),
    }
  }
  /** By the wall clock as it is now, which may have been set since: other pages compare it with what they see. */
  const sentAtOf = ({ sentAt = 0 }: Entry) => clock.now() - clock.elapsed() + sentAt
  /** A request that outlives the page has it. After a failure it is sent again; an integration is told by its id. */
  const isDoubtful = (entry: Entry) => {
    const { url = '', post } = channels.get(entry.kind) ?? {}
    const isOnItsWay = entry.state === 'sending' && entry.sentAt !== undefined && !post
    return isOnItsWay && endpoints.wasDelivered(url, sentAtOf(entry)) !== false
  }
  const forgetNote = (home: string) => {
    if (noted.delete(home)) notes?.remove(home)
  }

  const tell = (entries: readonly Entry[], transport: News['transport'], outcome: News['outcome']) => {
    for (const kind of new Set(entries.map((entry) => entry.kind))) {
      const items = entries.filter((entry) => entry.kind === kind).flatMap((entry) => entry.items)
      news.push({ kind, items, reason: 'hide', transport, outcome })
    }
  }
  const tellKept = () => {
    const untold = [...outbox.entries.values()].filter((entry) => !told.has(entry) && told.add(entry))
    const kept = (isSaved: boolean) =>
      untold.filter(({ state, disk }) => state === 'waiting' && (disk === 'yes') === isSaved)
    tell(kept(true), 'disk', 'kept')
    if (notes) tell(kept(false), 'note', 'kept')
    tell(untold.filter(isDoubtful), 'fetch', 'doubtful')
  }
  /** The database gets what no note takes. This is a last try: a closing tab keeps it unless another transaction is in its way. */
  const putAtOnce = (to: OutboxStore, entries: readonly Entry[]) => {
    for (const entry of entries) {
      change(entry, 'write')
      entry.home = life.id
    }
    const end = (transition: 'saved' | 'unsaved') => () => {
      for (const entry of entries) change(entry, transition)
      // A page that lives on keeps what neither took.
      if (transition === 'unsaved') outbox.restore(entries)
    }
    to.putAtOnce(entries).then(end('saved'), end('unsaved'))
  }

  const endLife = (unnoted: readonly Entry[]) => {
    if (!notes) return
    dedupe.forget(outbox.leave(unnoted))
    outbox.gone.clear()
    outbox.unstored.clear()
    noted.clear()
    life.end()
  }

  return {
    hide,
    leave() {
      endLife(consent.isGranted ? leaveNotes() : [])
    },
    mayStillGo: () => hasTime && life.state === 'ended',
    isNoted: () => noted.size > 0,
    renewNote(taken) {
      if (taken) noted.add(taken)
      if (noted.size) leaveNotes()
    },
    removeNotes: () => noted.forEach(forgetNote),
    onBlocked(url) {
      const blocked = [...channels.values()].filter(
        (channel) => url.startsWith(channel.url) || url.startsWith(channel.beaconUrl || ' '),
      )
      for (const channel of blocked) {
        const why = `the page's Content-Security-Policy does not let it go to ${url}: add that to connect-src`
        log.once('error', `${channel.kind} policy`, `${channel.kind}: kept, ${why}`)
        endpoints.note(channel.url, 'unanswered')
        outbox.restore(handedOver.filter(({ kind }) => kind === channel.kind))
        handedOver = handedOver.filter(({ kind }) => kind !== channel.kind)
      }
    },
  }
}
