/** Listeners by event name. What one of them throws is caught, because they are foreign code. */
export interface Emitter<Events> {
  /**
   * Adds a listener and returns its removal. A listener may remove itself, or others, while it is called.
   *
   * @param missed payload of an event that will not come again: the listener is called as if it had been there
   */
  on<Name extends keyof Events>(
    event: Name,
    listener: (payload: Events[Name]) => void,
    missed?: () => Events[Name],
  ): () => void
  readonly emit: <Name extends keyof Events>(event: Name, payload: Events[Name]) => void
  readonly clear: () => void
}

interface Subscription {
  /** It was called. */
  isTold?: boolean
  readonly event: PropertyKey
  readonly listener: (payload: never) => void
}

export function createEmitter<Events>(onFault: (event: PropertyKey, fault: unknown) => void): Emitter<Events> {
  // An object per subscription, so that the same function may listen twice and leave once.
  const subscriptions = new Set<Subscription>()
  const call = (subscription: Subscription, payload: unknown) => {
    // A listener that was removed while this event is being emitted is not called any more.
    if (!subscriptions.has(subscription)) return
    subscription.isTold = true
    try {
      subscription.listener(payload as never)
    } catch (fault) {
      onFault(subscription.event, fault)
    }
  }

  return {
    on(event, listener, missed) {
      const subscription: Subscription = { event, listener }
      subscriptions.add(subscription)
      // A milestone that is reached together with the one whose listener is added here comes before this microtask.
      if (missed) void Promise.resolve().then(() => subscription.isTold || call(subscription, missed()))
      return () => subscriptions.delete(subscription)
    },
    emit(event, payload) {
      // The copy leaves out listeners that are added meanwhile: they wait for the next event.
      for (const subscription of [...subscriptions]) if (subscription.event === event) call(subscription, payload)
    },
    clear: () => subscriptions.clear(),
  }
}
