// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { onPageHide } from '../../../src/browser/pageHide'

const calls: string[] = []
const listeners = {
  onHide: (isLast: boolean) => void calls.push(`hide ${isLast}`),
  onFreeze: () => void calls.push('freeze'),
  onResume: () => void calls.push('resume'),
  onSuspend: () => void calls.push('suspend'),
}
const visibility = (state: string) => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state as DocumentVisibilityState)
  document.dispatchEvent(new Event('visibilitychange'))
}
const transition = (type: string, persisted: boolean) => dispatchEvent(Object.assign(new Event(type), { persisted }))

let stop: (() => void) | undefined
afterEach(() => {
  stop?.()
  calls.length = 0
  vi.restoreAllMocks()
})

describe('a page that goes away', () => {
  it('is heard by either event', () => {
    stop = onPageHide(listeners)
    visibility('visible')
    expect(calls).toEqual([])
    visibility('hidden')
    expect(calls).toEqual(['hide false'])
    transition('pagehide', false)
    expect(calls).toEqual(['hide false', 'hide true'])
  })

  it('first hands over, then lies in the bfcache, and comes back', () => {
    stop = onPageHide(listeners)
    transition('pageshow', false)
    transition('pagehide', true)
    transition('pageshow', true)
    expect(calls).toEqual(['hide true', 'freeze', 'resume'])
  })

  it('is heard when it has no more tasks', () => {
    stop = onPageHide(listeners)
    document.dispatchEvent(new Event('freeze'))
    expect(calls).toEqual(['suspend'])
  })

  it('is heard before the page’s own listeners can keep it from us', () => {
    stop = onPageHide(listeners)
    const block = (event: Event) => event.stopImmediatePropagation()
    addEventListener('pagehide', block)
    transition('pagehide', false)
    removeEventListener('pagehide', block)
    expect(calls).toEqual(['hide true'])
  })

  it('listens to nothing that keeps a page out of the bfcache, and to nothing once stopped', () => {
    const added = vi.spyOn(globalThis, 'addEventListener')
    stop = onPageHide(listeners)
    expect(added.mock.calls.map(([type]) => type).sort()).toEqual(['pagehide', 'pageshow'])
    stop()
    document.dispatchEvent(new Event('freeze'))
    visibility('hidden')
    transition('pagehide', true)
    transition('pageshow', true)
    expect(calls).toEqual([])
  })

  it('is nothing where there is no document', () => {
    vi.stubGlobal('document', undefined)
    expect(onPageHide(listeners)()).toBeUndefined()
    vi.unstubAllGlobals()
  })
})
