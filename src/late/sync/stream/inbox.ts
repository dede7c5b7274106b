import { createDefinitionUpdates } from './definitionUpdates'
import { createHealth, type Health } from './health'
import { createMembershipUpdates, type Hashing } from './membershipUpdates'
import { readMessage } from './messages'
import type { Clock } from '../../../browser/clock'
import type { Page } from '../../../browser/page'
import type { FlagData } from '../../../definitions/flagData'
import type { Polling } from '../polling'

/** Takes the messages of the stream, and says whether it or polling brings changes. */
export interface Inbox {
  /** Says that a new connection is made, which tells of the memberships of these keys. */
  expect(matchingKeys: ReadonlySet<string>): void
  /** Says that the connection is open: everything is fetched, and from then on the stream brings changes. */
  readonly open: () => void
  /** Takes a message of the connection. */
  receive(data: string): void
  /** Leaves changes to polling. What happened around the switch is fetched. */
  readonly giveUp: () => void
  /** Leaves changes to polling without a fetch. */
  readonly rest: () => void
  /** Whether the stream brings changes. */
  isUp(): boolean
}

interface InboxParts {
  polling: Polling
  definitions: FlagData['definitions']
  page: Pick<Page, 'isActive'>
  clock: Pick<Clock, 'now' | 'after'>
  hashing: Hashing
  /** The service asks for a new connection. */
  onReset: () => void
  /** The service switched streaming off. */
  onDisabled: () => void
  /** Called when a message cannot be read, so that everything is fetched in its place. */
  onUnreadable: () => void
}

/** The state of one connection. */
interface Connection extends Health {
  /** The keys whose memberships it tells of. */
  readonly matchingKeys: ReadonlySet<string>
}

/** Messages that cannot be read often come together: one fetch makes up for all that come within so long, ms. */
const UNREADABLE_MS = 1_000

export function createInbox(parts: InboxParts): Inbox {
  const { polling, definitions, page, clock, hashing, onReset, onDisabled, onUnreadable } = parts
  const definitionUpdates = createDefinitionUpdates({
    polling,
    definitions,
    clock,
  })
  const membershipUpdates = createMembershipUpdates({ polling, clock, hashing })

  let isUp = false
  let connection: Connection | undefined
  let cancelDoubt: (() => void) | undefined
  // The queue keeps messages in the order they came, although some take time to be inflated.
  let queue: Promise<unknown> = Promise.resolve()

  const open = (): void => {
    // The fetch comes first, so that nothing is overdue when polling ends. Nobody repeats what happened before.
    void polling.refreshAll()
    isUp = true
    polling.setStreamed(connection?.matchingKeys)
  }
  const rest = (): void => {
    isUp = false
    definitionUpdates.cancel()
    membershipUpdates.cancel()
    cancelDoubt?.()
    cancelDoubt = undefined
    polling.setStreamed(undefined)
  }
  const giveUp = (): void => {
    if (!isUp) return
    // An inactive page fetches when it is active again.
    if (page.isActive()) void polling.refreshAll()
    rest()
  }

  /** Fetches everything: something changed, and the message cannot say what. */
  const doubt = (): void => {
    onUnreadable()
    cancelDoubt ??= clock.after(UNREADABLE_MS, () => {
      cancelDoubt = undefined
      void polling.refreshAll({ noCache: true })
    })
  }

  return {
    expect(matchingKeys) {
      connection = { ...createHealth(), matchingKeys }
    },
    open,
    receive(data) {
      const message = readMessage(data, clock.now())
      if (message === 'unreadable') return isUp ? doubt() : undefined
      if (!message) return
      const { type, kind, channel, timestamp, controlType } = message
      const current = connection as Connection
      let isResumed = false
      if (message.isOccupancy) current.occupancy(channel, timestamp, message.metrics?.publishers)
      else if (type === 'CONTROL') {
        if (controlType === 'STREAMING_RESET') return onReset()
        if (!current.isNew('control', channel, timestamp)) return
        if (controlType === 'STREAMING_DISABLED') return onDisabled()
        if (controlType === 'STREAMING_PAUSED') current.pause(true)
        if (controlType === 'STREAMING_RESUMED') isResumed = current.pause(false)
      } else {
        if (!isUp || !kind) return
        // A kill is applied at once, without waiting for messages that are still being inflated.
        if (type === 'SPLIT_KILL') return definitionUpdates.kill(message)
        const update = () => {
          if (!isUp || connection !== current) return undefined
          if (kind === 'ms' || kind === 'ls') return membershipUpdates.update(kind, message)
          return definitionUpdates.update(kind, message)
        }
        queue = queue.then(update).catch(() => {})
        return
      }
      if (!current.isGood()) giveUp()
      // A connection that was made during a pause is up before the pause ends: what changed until then is fetched.
      else if (!isUp || isResumed) open()
    },
    giveUp,
    rest,
    isUp: () => isUp,
  }
}
