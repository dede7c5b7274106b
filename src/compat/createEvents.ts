import type { SplitIO } from './types'

type Name = string | symbol
type Listener = (...values: unknown[]) => void

interface Entry {
  readonly event: Name
  readonly listener: Listener
  readonly isOnce: boolean
}

export interface SdkEvents {
  /** What a client shows of it. Those that change something return the object that they are called on. */
  readonly members: SplitIO.EventEmitter
  /** Calls the listeners of an event. @returns whether there were any */
  emit(event: Name, ...values: unknown[]): boolean
}

/**
 * The event emitter of the official SDK, in which a listener that throws ends nothing.
 *
 * @param onAdd hears of each event that somebody wants to hear of
 * @param complain takes what is wrong with a listener of an event
 */
export function createEvents(onAdd: (event: Name) => void, complain: (event: Name, what: string) => void): SdkEvents {
  let entries: readonly Entry[] = []
  const of = (event: Name) => entries.filter((entry) => entry.event === event)
  const remove = (removed: Entry | undefined) => {
    entries = entries.filter((entry) => entry !== removed)
  }
  const adding = (isOnce: boolean, isFirst: boolean) =>
    function <This>(this: This, event: Name, listener: Listener): This {
      if (typeof listener !== 'function') complain(event, 'must be a function')
      else {
        onAdd(event)
        const entry = { event, listener, isOnce }
        entries = isFirst ? [entry, ...entries] : [...entries, entry]
      }
      return this
    }
  const emit: SdkEvents['emit'] = (event, ...values) => {
    const heard = of(event)
    for (const entry of heard) {
      // One that was removed while this event went round is not called any more.
      if (!entries.includes(entry)) continue
      if (entry.isOnce) remove(entry)
      try {
        entry.listener(...values)
      } catch (fault) {
        complain(event, `threw: ${String(fault)}`)
      }
    }
    return heard.length > 0
  }
  const on = adding(false, false)
  const off = function <This>(this: This, event: Name, listener: Listener): This {
    // The one that came last, where the same listens twice.
    remove(
      of(event)
        .filter((entry) => entry.listener === listener)
        .pop(),
    )
    return this
  }
  const listeners = (event: Name) => of(event).map(({ listener }) => listener)

  const members = {
    on,
    addListener: on,
    once: adding(true, false),
    prependListener: adding(false, true),
    prependOnceListener: adding(true, true),
    off,
    removeListener: off,
    removeAllListeners<This>(this: This, event?: Name): This {
      entries = event === undefined ? [] : entries.filter((entry) => entry.event !== event)
      return this
    },
    emit,
    listeners,
    rawListeners: listeners,
    listenerCount: (event: Name) => of(event).length,
    eventNames: () => [...new Set(entries.map(({ event }) => event))],
    // Any number of listeners is right.
    getMaxListeners: () => 0,
    setMaxListeners<This>(this: This): This {
      return this
    },
  }
  return { members: members as unknown as SplitIO.EventEmitter, emit }
}
