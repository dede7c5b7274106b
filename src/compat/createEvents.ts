import type { SplitIO } from './types'

type Name = string | symbol
type Listener = (...values: unknown[]) => void
type Entry = readonly [event: Name, listener: Listener, isOnce: boolean]

/**
 * The event emitter of the official SDK, but a listener that throws does not keep others from being called. Methods that change
 * something return the object that they are called on.
 *
 * @param onAdd called with the event of each listener that is added
 * @param complain called with what is wrong with a listener
 */
export function createEvents(
  onAdd: (event: Name) => void,
  complain: (event: Name, what: string) => void,
): SplitIO.EventEmitter {
  let entries: readonly Entry[] = []
  const listeners = (event: Name) => entries.flatMap(([name, listener]) => (name === event ? [listener] : []))
  const changing = (change: (event: Name, listener: Listener) => void) =>
    function <This>(this: This, event: Name, listener: Listener): This {
      change(event, listener)
      return this
    }
  const adding = (isOnce: boolean, isFirst?: boolean) =>
    changing((event, listener) => {
      if (typeof listener !== 'function') return complain(event, 'must be a function')
      onAdd(event)
      const entry: Entry = [event, listener, isOnce]
      entries = isFirst ? [entry, ...entries] : [...entries, entry]
    })
  const remove = (removed: Entry | undefined) => {
    entries = entries.filter((entry) => entry !== removed)
  }
  const on = adding(false)
  // A listener that was added twice loses its last place.
  const off = changing((event, listener) =>
    remove(entries.filter((entry) => entry[0] === event && entry[1] === listener).pop()),
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
      const heard = entries.filter(([name]) => name === event)
      for (const entry of heard) {
        // A listener that was removed while this event is being emitted is not called any more.
        if (!entries.includes(entry)) continue
        if (entry[2]) remove(entry)
        try {
          entry[1](...values)
        } catch (fault) {
          complain(event, `threw: ${String(fault)}`)
        }
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
