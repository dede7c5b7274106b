/** Listeners by event name, each caught: they are foreign code. */
export interface Emitter<Events> {
  /** Adds a listener and returns its removal. A listener may remove itself, or others, while it is called. */
  on<Name extends keyof Events>(event: Name, listener: (payload: Events[Name]) => void): () => void
  emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void
  has(event: keyof Events): boolean
  clear(): void
}

export function createEmitter<Events>(onFault: (event: keyof Events, fault: unknown) => void): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<{ call: (payload: never) => void }>>()

  return {
    on(event, listener) {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all)
      // An object per subscription, so that the same function may listen twice and leave once.
      const subscription = { call: listener }
      all.add(subscription)
      return () => all.delete(subscription)
    },
    emit(event, payload) {
      // A copy: one that is removed while this event is going round must not be called any more, one that is added must
      // wait for the next event.
      const all = listeners.get(event)
      if (!all?.size) return
      for (const subscription of [...all]) {
        if (!all.has(subscription)) continue
        try {
          subscription.call(payload as never)
        } catch (fault) {
          onFault(event, fault)
        }
      }
    },
    has: (event) => !!listeners.get(event)?.size,
    clear: () => {
      for (const all of listeners.values()) all.clear()
      listeners.clear()
    },
  }
}
