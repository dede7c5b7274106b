import { isServer } from './isServer'

/** The way in which a page goes, or may go: `beforeunload` can still be cancelled, and `hidden` may be a switch of tabs. */
export type HideMoment = 'beforeunload' | 'hidden' | 'pagehide'

/**
 * The page as a whole: it is shown, hidden, left, kept in the bfcache and shown again. Each event of the browser has one listener, so
 * that the order in this file is the only one.
 */
export interface Page {
  /** Whether the page is visible and online. Where there is no document (a worker), whether it is online. */
  isActive(): boolean
  isOnline(): boolean
  /**
   * Whether a keepalive post that ends without an answer after `beforeunload` went nowhere: Firefox gives it up when its preflight
   * was not answered. Chromium tells its page the same of a post that is on its way and arrives.
   */
  losesPosts(): boolean
  /** Whether nobody sees the page, which may then be discarded without another event. */
  isHidden(): boolean
  /**
   * Calls a listener when the page goes, or may go, before the other listeners of this object. On a navigation `pagehide` comes before
   * `visibilitychange` (w3c/page-visibility#67), on a phone often only the latter comes, and in Firefox a closing tab has time in
   * `beforeunload` alone. That event keeps no page out of the bfcache; `unload` does.
   */
  onHide(listener: (moment: HideMoment) => void): () => void
  /**
   * Runs a function after the present task, in a microtask; if the page goes within the task, before the listeners of `onHide`. What
   * such a function asks for runs in a task of its own.
   */
  soon(run: () => void): void
  /** Calls a listener when the page is back from the bfcache. */
  onRestore(listener: () => void): () => void
  /** Calls a listener when visibility or network may have changed, and when the page is back from the bfcache. */
  onChange(listener: () => void): () => void
  /**
   * Calls a listener before the page is frozen: no task runs until it is seen again. `isStuck`: no transaction of IndexedDB ends either,
   * because WebKit keeps it open in the bfcache, and every other page of the origin waits for it.
   */
  onFreeze(listener: (isStuck?: boolean) => void): () => void
  /** Calls a listener when the page's own Content-Security-Policy blocked a request to a URL. A beacon counts as taken all the same. */
  onBlocked(listener: (url: string) => void): () => void
  /** Runs a function at once, or when a page that the browser prerendered is shown. @returns a function that cancels it */
  whenActivated(run: () => void): () => void
}

type Event = 'hide' | 'restore' | 'change' | 'freeze' | 'blocked' | 'activate'

export function createPage(): Page {
  const listeners = new Map<Event, Set<(detail: never) => void>>()
  let stop: (() => void) | undefined
  const waiting: (() => void)[] = []

  /** How many runs are going on: a function that waited may dispatch an event that the page goes. */
  let running = 0

  const runWaiting = () => {
    running++
    for (let { length } = waiting; length > 0; length--) waiting.shift()?.()
    // An impression listener that decides a flag asks for another run each time. In microtasks that would never let the page go on.
    if (!--running && waiting.length) setTimeout(runWaiting)
  }
  const call = (event: Event, detail?: string | boolean) => {
    if (event === 'hide') runWaiting()
    for (const listener of [...(listeners.get(event) ?? [])]) listener(detail as never)
  }
  const listen = (event: Event, listener: (detail: never) => void) => {
    const ofEvent = listeners.get(event) ?? new Set()
    listeners.set(event, ofEvent.add(listener))
    stop ??= start()
    return () => {
      ofEvent.delete(listener)
      if ([...listeners.values()].some(({ size }) => size)) return
      stop?.()
      stop = undefined
    }
  }
  const start = () => {
    const stops: (() => void)[] = []
    const on = (
      target: EventTarget | undefined,
      type: string,
      act: (event: { persisted?: boolean; blockedURI?: string; disposition?: string }) => void,
    ) => {
      // Cloudflare's runtime has events of another kind, and throws at a listener that captures.
      if (isServer() || typeof target?.addEventListener !== 'function') return
      // A capturing listener, so that no other one of the page can stop the event; a script that wraps `addEventListener` may refuse
      // that, or every listener.
      for (const isCapturing of [true, undefined]) {
        try {
          target.addEventListener(type, act as EventListener, isCapturing)
          stops.push(() => target.removeEventListener(type, act as EventListener, isCapturing))
          return
        } catch {
          // Decisions need none of these events, so the client goes on without one that cannot be heard.
        }
      }
    }
    const doc = theDocument()
    on(globalThis, 'beforeunload', () => call('hide', 'beforeunload'))
    on(globalThis, 'pagehide', ({ persisted }) => {
      call('hide', 'pagehide')
      // WebKit has no event for a freeze. The vendor is the one name of a browser that the HTML standard ties to its engine.
      if (persisted && /^Apple/.test(navigator.vendor)) call('freeze', persisted)
    })
    on(doc, 'visibilitychange', () => {
      if (events.isHidden()) call('hide', 'hidden')
      call('change')
    })
    on(globalThis, 'pageshow', ({ persisted }) => {
      if (persisted) call('restore')
      call('change')
    })
    on(doc, 'freeze', () => call('freeze'))
    on(doc, 'securitypolicyviolation', ({ disposition, blockedURI }) => {
      // A policy that is only tried out reports, and blocks nothing.
      if (disposition !== 'report') call('blocked', blockedURI)
    })
    on(doc, 'prerenderingchange', () => call('activate'))
    on(globalThis, 'online', () => call('change'))
    on(globalThis, 'offline', () => call('change'))
    return () => stops.forEach((each) => each())
  }

  const events: Page = {
    isActive: () => events.isOnline() && !events.isHidden(),
    // Only a firm `false` counts: servers and workers may not know.
    isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
    losesPosts: () => 'mozInnerScreenX' in globalThis,
    isHidden: () => theDocument()?.visibilityState === 'hidden',
    onHide: (listener) => listen('hide', listener),
    soon(run) {
      // A promise makes the microtask: a page may be without `queueMicrotask`, and fake timers of tests hold it up.
      if (waiting.push(run) === 1 && !running) void Promise.resolve().then(runWaiting)
    },
    onRestore: (listener) => listen('restore', listener),
    onChange: (listener) => listen('change', listener),
    onFreeze: (listener) => listen('freeze', listener),
    onBlocked: (listener) => listen('blocked', listener),
    whenActivated(run) {
      if (!(theDocument() as { prerendering?: boolean } | undefined)?.prerendering) {
        run()
        return () => undefined
      }
      const leave = listen('activate', () => {
        leave()
        run()
      })
      return leave
    },
  }
  return events
}

function theDocument(): Document | undefined {
  return typeof document === 'undefined' ? undefined : document
}

/** All clients share this object, so that each event of the browser has one listener. */
export const page: Page = createPage()
