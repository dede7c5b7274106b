import { guard } from './guard'
import type { SdkLogger } from './logger'
import type { SplitIO } from './types'

type Name = string | symbol
type Listener = (...values: unknown[]) => void
type Entry = readonly [event: Name, listener: Listener, isOnce: boolean]

/**
 * The event emitter of the official SDK, but a listener that throws does not keep others from being called. Methods that change
 * something return the object that they are called on.
 *
 * @param isPast whether an event will not come again, so that a listener of it comes too late
 */
export function createEvents(isPast: (event: Name) => boolean, logger: SdkLogger): SplitIO.EventEmitter {
  let entries: readonly Entry[] = []
  const entriesOf = (event: Name) => entries.filter(([name]) => name === event)
  const listeners = (event: Name) => entriesOf(event).map(([, listener]) => listener)
  const changing = (change: (event: Name, listener: Listener) => void) =>
    function <This>(this: This, event: Name, listener: Listener): This {
      change(event, listener)
      return this
    }
  const adding = (isOnce: boolean, isFirst?: boolean) =>
    changing((event, listener) => {
      if (typeof listener !== 'function') {
        return logger.error(`pennon: a listener of ${String(event)} must be a function`)
      }
      if (isPast(event)) logger.error(`pennon: a listener of ${String(event)} comes too late`)
      const entry: Entry = [event, listener, isOnce]
      entries = isFirst ? [entry, ...entries] : [...entries, entry]
    })
  const remove = (removed: Entry | undefined) => {
    entries = entries.filter((entry) => entry !== removed)
  }
  const on = adding(false)
  // A listener that was added twice loses its last place.
  const off = changing((event, listener) =>
    remove(
      entriesOf(event)
        .filter((entry) => entry[1] === listener)
        .pop(),
    ),
  )

  return {
    on,
    addListener: on,
    once: adding(true),
    prependListener: adding(false, true),
    prependOnceListener: adding(true, true),
    off,
    removeListener: off,
    removeAllListeners: changing((event) => {
      entries = event === undefined ? [] : entries.filter(([name]) => name !== event)
    }),
    emit(event: Name, ...values: unknown[]) {
      const heard = entriesOf(event)
      for (const entry of heard) {
        // A listener that was removed while this event is being emitted is not called any more.
        if (!entries.includes(entry)) continue
        if (entry[2]) remove(entry)
        guard(logger, `a listener of ${String(event)}`, () => entry[1](...values))
      }
      return heard.length > 0
    },
    listeners,
    rawListeners: listeners,
    listenerCount: (event: Name) => listeners(event).length,
    eventNames: () => [...new Set(entries.map(([event]) => event))],
    // There is no limit to the number of listeners.
    getMaxListeners: () => 0,
    setMaxListeners: changing(() => {}),
  } as unknown as SplitIO.EventEmitter
}
