/** Whether anybody looks at the page, and whether it has a network. */
export interface Page {
  /** Visible and online. Where there is no document (a worker), only online. */
  isActive(): boolean
  isOnline(): boolean
  /** Hears when that may have changed, and when the page comes back from the bfcache. @returns its removal */
  onChange(listener: () => void): () => void
}

export const page: Page = {
  isActive: () => page.isOnline() && (typeof document === 'undefined' || document.visibilityState !== 'hidden'),
  // Only a firm "no" counts: servers and workers may not know.
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  onChange(listener) {
    if (typeof addEventListener !== 'function') return () => undefined
    const events = ['visibilitychange', 'online', 'offline', 'pageshow'] as const
    for (const event of events) addEventListener(event, listener, true)
    return () => {
      for (const event of events) removeEventListener(event, listener, true)
    }
  },
}
