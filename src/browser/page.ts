import { isServer } from './isServer'

/** How a page goes, or may go: `beforeunload` can still be cancelled, and `hidden` may be a switch of tabs. */
export type HideMoment = 'beforeunload' | 'hidden' | 'pagehide'

/** The page as a whole: it is shown, hidden, left, kept and shown again. Each event of the browser has one listener, so that the order in here is the only one. */
export interface Page {
  /** Visible and online. Where there is no document (a worker), only online. */
  isActive(): boolean
  isOnline(): boolean
  /**
   * Whether a keepalive post that ends without an answer after `beforeunload` went nowhere: Firefox gives it up when its preflight
   * was not answered. Chromium tells its page the same of a post that is on its way and arrives.
   */
  losesPosts(): boolean
  /** Nobody sees the page, which may be discarded without another event. */
  isHidden(): boolean
  /**
   * Hears that the page goes, or may go, before anybody hears of it otherwise. On a navigation `pagehide` comes before
   * `visibilitychange` (w3c/page-visibility#67), on a phone often only the latter comes, and in Firefox a closing tab has time in
   * `beforeunload` alone. That event keeps no page out of the bfcache; `unload` does.
   */
  onHide(listener: (moment: HideMoment) => void): () => void
  /** Runs something after the present task: in a microtask, or before anybody hears that the page goes, if it goes within the task. */
  soon(run: () => void): void
  /** Hears when the page is back from the bfcache. */
  onRestore(listener: () => void): () => void
  /** Hears when visibility or network may have changed, and when the page is back from the bfcache. */
  onChange(listener: () => void): () => void
  /**
   * Hears that no task runs from now on, until the page is seen again. `isStuck`: nor does a transaction of IndexedDB end. WebKit
   * keeps it open in the bfcache, and every other page of the origin waits for it.
   */
  onFreeze(listener: (isStuck?: boolean) => void): () => void
  /** Hears that the page's own Content-Security-Policy blocked a request to this URL. A beacon counts as taken all the same. */
  onBlocked(listener: (url: string) => void): () => void
  /** Runs at once, or when a page that the browser prepared beforehand is shown. @returns its cancelling */
  whenActivated(run: () => void): () => void
}

type Event = 'hide' | 'restore' | 'change' | 'freeze' | 'blocked' | 'activate'

export function createPage(): Page {
  const listeners = new Map<Event, Set<(detail: never) => void>>()
  let stop: (() => void) | undefined
  let waiting: (() => void)[] = []

  const runWaiting = () => {
    const those = waiting
    waiting = []
    for (const run of those) run()
  }
  const call = (event: Event, detail?: string | boolean) => {
    if (event === 'hide') runWaiting()
    for (const listener of [...(listeners.get(event) ?? [])]) listener(detail as never)
  }
  const listen = (event: Event, listener: (detail: never) => void) => {
    const those = listeners.get(event) ?? new Set()
    listeners.set(event, those.add(listener))
    stop ??= start()
    return () => {
      those.delete(listener)
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
      act: (event: { persisted?: boolean; blockedURI?: string }) => void,
    ) => {
      // Cloudflare's runtime has events of another kind, and throws at a listener that captures.
      if (isServer() || typeof target?.addEventListener !== 'function') return
      // Capturing, so that no listener of the page can keep it from us; a script in between may refuse that, or every listener.
      for (const isCapturing of [true, undefined]) {
        try {
          target.addEventListener(type, act as EventListener, isCapturing)
          stops.push(() => target.removeEventListener(type, act as EventListener, isCapturing))
          return
        } catch {
          // What cannot be heard is done without: decisions need none of these events.
        }
      }
    }
    const doc = theDocument()
    on(globalThis, 'beforeunload', () => call('hide', 'beforeunload'))
    on(globalThis, 'pagehide', ({ persisted }) => {
      call('hide', 'pagehide')
      // The one name of a browser that the HTML standard ties to its engine. WebKit has no event of its own for a freeze.
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
    on(doc, 'securitypolicyviolation', ({ blockedURI }) => call('blocked', blockedURI))
    on(doc, 'prerenderingchange', () => call('activate'))
    on(globalThis, 'online', () => call('change'))
    on(globalThis, 'offline', () => call('change'))
    return () => stops.forEach((each) => each())
  }

  const events: Page = {
    isActive: () => events.isOnline() && !events.isHidden(),
    // Only a firm "no" counts: servers and workers may not know.
    isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
    losesPosts: () => 'mozInnerScreenX' in globalThis,
    isHidden: () => theDocument()?.visibilityState === 'hidden',
    onHide: (listener) => listen('hide', listener),
    soon(run) {
      // A promise: a page may be without `queueMicrotask`, and fake timers hold it up.
      if (waiting.push(run) === 1) void Promise.resolve().then(runWaiting)
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

/** One for all clients: each event of the browser has one listener. */
export const page: Page = createPage()
