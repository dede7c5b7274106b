// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createPage, page } from '../../../src/browser/page'

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

describe('a page that goes', () => {
  const persisted = (type: string, is: boolean) => Object.assign(new Event(type), { persisted: is })
  const start = () => {
    const created = createPage()
    const heard: string[] = []
    const stops = [
      created.onChange(() => heard.push('change')),
      created.onHide((moment) => heard.push(moment)),
      created.onRestore(() => heard.push('restore')),
      created.onFreeze((isStuck) => heard.push(isStuck ? 'stuck' : 'freeze')),
      created.onBlocked((url) => heard.push(url)),
    ]
    return { created, heard, stop: () => stops.forEach((each) => each()) }
  }

  it.each([
    ['every listener', []],
    ['listeners that capture', ['hidden', 'change', 'change']],
  ])('throws nothing where a script refuses %s, and hears %j', (refused, expected) => {
    for (const target of [globalThis, document]) {
      const add = target.addEventListener.bind(target)
      vi.spyOn(target, 'addEventListener').mockImplementation((type, listener, options) => {
        if (options === true || refused === 'every listener') throw new TypeError('no')
        add(type, listener, options)
      })
    }
    visible('hidden')
    const { heard, stop } = start()
    const hear = () => {
      document.dispatchEvent(new Event('visibilitychange'))
      dispatchEvent(new Event('online'))
      return heard.splice(0)
    }
    expect(hear()).toEqual(expected)
    stop()
    expect(hear()).toEqual([])
  })

  it.each(['in the same task', 'later'])('runs before that what was to run soon; it goes %s', async (when) => {
    const { created, heard, stop } = start()
    created.soon(() => heard.push('soon'))
    created.soon(() => heard.push('then'))
    expect(heard).toEqual([])
    if (when === 'later') await Promise.resolve()
    dispatchEvent(new Event('beforeunload'))
    await Promise.resolve()
    expect(heard).toEqual(['soon', 'then', 'beforeunload'])
    created.soon(() => heard.push('again'))
    await Promise.resolve()
    expect(heard.at(-1)).toBe('again')
    stop()
  })

  it.each([1, 2])(
    'runs all %d once where one of them makes the page go, and what is asked for after that',
    async (count) => {
      const { created, heard, stop } = start()
      for (let n = 1; n <= count; n++) {
        created.soon(() => {
          heard.push(`${n}`)
          if (n > 1) return
          dispatchEvent(new Event('pagehide'))
          created.soon(() => heard.push('after'))
        })
      }
      await expect.poll(() => heard).toContain('after')
      expect(heard.filter((text) => text !== 'pagehide').sort()).toEqual([...['1', '2'].slice(0, count), 'after'])
      created.soon(() => heard.push('later'))
      await Promise.resolve()
      expect(heard.at(-1)).toBe('later')
      stop()
    },
  )

  it('comes to its next task, whatever asks each time to run again soon', async () => {
    const { created, heard, stop } = start()
    let times = 0
    const again = () => {
      if (++times < 1_000) created.soon(again)
    }
    created.soon(again)
    await new Promise((resolve) => setTimeout(resolve))
    expect(times).toBeLessThan(10)
    // What waits for a task of its own runs before the page goes.
    const before = times
    dispatchEvent(new Event('pagehide'))
    expect([times, heard]).toEqual([before + 1, ['pagehide']])
    times = Infinity
    stop()
  })

  it('says so before anything else hears of it, at each of the three events', () => {
    const { heard, stop } = start()
    visible('hidden')
    dispatchEvent(new Event('beforeunload'))
    dispatchEvent(persisted('pagehide', true))
    document.dispatchEvent(new Event('visibilitychange'))
    expect(heard).toEqual(['beforeunload', 'pagehide', 'hidden', 'change'])
    stop()
  })

  it.each([
    ['Apple Computer, Inc.', true, ['pagehide', 'stuck']],
    ['Apple Computer, Inc.', false, ['pagehide']],
    ['Google Inc.', true, ['pagehide']],
    ['', true, ['pagehide']],
  ])('of an engine by %j, kept: %s, is told %j', (vendor, isKept, told) => {
    vi.spyOn(navigator, 'vendor', 'get').mockReturnValue(vendor)
    const { heard, stop } = start()
    dispatchEvent(persisted('pagehide', isKept))
    expect(heard).toEqual(told)
    stop()
  })

  it('and comes back is not a page that is shown for the first time', () => {
    const { heard, stop } = start()
    visible('visible')
    dispatchEvent(persisted('pageshow', false))
    dispatchEvent(persisted('pageshow', true))
    document.dispatchEvent(new Event('visibilitychange'))
    expect(heard).toEqual(['change', 'restore', 'change', 'change'])
    stop()
  })

  it('tells of a freeze, and of what its policy blocks, but not of what it only reports', () => {
    const { heard, stop } = start()
    document.dispatchEvent(new Event('freeze'))
    const violation = (disposition: string) =>
      Object.assign(new Event('securitypolicyviolation'), { blockedURI: 'https://e/x', disposition })
    document.dispatchEvent(violation('report'))
    expect(heard).toEqual(['freeze'])
    document.dispatchEvent(violation('enforce'))
    expect(heard).toEqual(['freeze', 'https://e/x'])
    stop()
  })

  it('has no listener left when everybody has stopped', () => {
    const add = vi.spyOn(EventTarget.prototype, 'addEventListener')
    const remove = vi.spyOn(EventTarget.prototype, 'removeEventListener')
    const { created, heard, stop } = start()
    created.onHide(() => heard.push('second'))()
    const types = (spy: typeof add | typeof remove) => spy.mock.calls.map(([type]) => type).sort()
    expect(types(add).length).toBe(new Set(types(add)).size)
    stop()
    expect(types(remove)).toEqual(types(add))
    dispatchEvent(new Event('beforeunload'))
    expect(heard).toEqual([])
  })

  it('runs what needs a viewer at once, or when a prerendered page is shown', () => {
    const run = vi.fn()
    const created = createPage()
    created.whenActivated(run)
    expect(run).toHaveBeenCalledTimes(1)
    Object.defineProperty(document, 'prerendering', { value: true, configurable: true })
    created.whenActivated(run)
    const cancel = created.whenActivated(run)
    expect(run).toHaveBeenCalledTimes(1)
    cancel()
    document.dispatchEvent(new Event('prerenderingchange'))
    document.dispatchEvent(new Event('prerenderingchange'))
    expect(run).toHaveBeenCalledTimes(2)
    Reflect.deleteProperty(document, 'prerendering')
  })
})
