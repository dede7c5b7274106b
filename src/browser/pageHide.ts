interface PageHideListeners {
  /** The page is hidden, perhaps for good. Called twice when it goes away; the second call finds what came in between. */
  onHide: (isLast: boolean) => void
  /** The page lies in the bfcache from now on. */
  onFreeze: () => void
  /** It came back from there. */
  onResume: () => void
  /** No task of it runs from now on, until it is seen again: a hidden tab, or the bfcache. */
  onSuspend: () => void
}

/**
 * Hears when the page goes away. Both events: on a navigation `pagehide` comes before `visibilitychange`
 * (w3c/page-visibility#67), on a phone often only the latter comes at all, and Firefox delivers beacons of a closing tab
 * surely from the latter alone. Never `unload` or `beforeunload`: they keep a page out of the bfcache.
 *
 * @returns its removal
 */
export function onPageHide({ onHide, onFreeze, onResume, onSuspend }: PageHideListeners): () => void {
  if (typeof document === 'undefined' || typeof addEventListener !== 'function') return () => undefined
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') onHide(false)
  }
  const onPageHideEvent = ({ persisted }: PageTransitionEvent) => {
    onHide(true)
    if (persisted) onFreeze()
  }
  const onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (persisted) onResume()
  }
  // Capturing, so that no listener of the page can keep it from us.
  document.addEventListener('visibilitychange', onVisibility, true)
  document.addEventListener('freeze', onSuspend, true)
  addEventListener('pagehide', onPageHideEvent, true)
  addEventListener('pageshow', onPageShow, true)
  return () => {
    document.removeEventListener('visibilitychange', onVisibility, true)
    document.removeEventListener('freeze', onSuspend, true)
    removeEventListener('pagehide', onPageHideEvent, true)
    removeEventListener('pageshow', onPageShow, true)
  }
}
