// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { page } from '../../../src/browser/page'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})
const online = (is: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(is)
const visible = (state: DocumentVisibilityState) => vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)

describe('the page', () => {
  it('is active when it is visible and online', () => {
    online(true)
    visible('visible')
    expect(page.isActive()).toBe(true)
    visible('hidden')
    expect([page.isActive(), page.isOnline()]).toEqual([false, true])
    visible('visible')
    online(false)
    expect([page.isActive(), page.isOnline()]).toEqual([false, false])
  })

  it('counts as online where nobody knows', () => {
    vi.stubGlobal('navigator', {})
    expect(page.isOnline()).toBe(true)
    vi.stubGlobal('navigator', undefined)
    vi.stubGlobal('document', undefined)
    expect(page.isActive()).toBe(true)
  })

  it('tells of every return, until it is told to stop', () => {
    const heard = vi.fn()
    const stop = page.onChange(heard)
    for (const type of ['online', 'offline', 'pageshow']) dispatchEvent(new Event(type))
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    expect(heard).toHaveBeenCalledTimes(4)
    stop()
    dispatchEvent(new Event('online'))
    expect(heard).toHaveBeenCalledTimes(4)
  })
})
