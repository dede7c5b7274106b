import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../../src/browser/clock'
import { createIdleClock } from '../../../src/browser/idleClock'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the clock', () => {
  it('runs once, after its time, unless cancelled', () => {
    const run = vi.fn()
    const cancelled = vi.fn()
    clock.after(100, run)
    clock.after(100, cancelled)()
    vi.advanceTimersByTime(99)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(run).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  // Browsers run a longer timer at once, so that a poll once a month would become a flood.
  it.each([30 * 86_400_000, Infinity])('never runs early, however long the wait of %d ms', (ms) => {
    const run = vi.fn()
    clock.after(ms, run)
    vi.advanceTimersByTime(20 * 86_400_000)
    expect(run).not.toHaveBeenCalled()
  })

  it('takes timers without a name, as a wrapper around setTimeout gives them', () => {
    const { setTimeout } = globalThis
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => void setTimeout(run, ms))
    const run = vi.fn()
    clock.after(100, run, true)
    clock.after(200, run, true)()
    vi.advanceTimersByTime(100)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('waits for an idle moment, but not for ever', () => {
    const request = vi.fn((_run: () => void, _options: IdleRequestOptions) => 7)
    const cancel = vi.fn()
    vi.stubGlobal('requestIdleCallback', request)
    vi.stubGlobal('cancelIdleCallback', cancel)
    const run = vi.fn()
    const stop = createIdleClock(clock).whenIdle(500, run)
    expect(request.mock.calls[0]?.[1]).toEqual({ timeout: 500 })
    request.mock.calls[0]?.[0]()
    expect(run).toHaveBeenCalledTimes(1)
    stop()
    expect(cancel).toHaveBeenCalledWith(7)
  })

  it.each([
    [500, 250],
    [100, 100],
  ])('without idle callbacks (Safari): within %d ms, after %d', (within, after) => {
    vi.stubGlobal('requestIdleCallback', undefined)
    const run = vi.fn()
    createIdleClock(clock).whenIdle(within, run)
    vi.advanceTimersByTime(after - 1)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
  })
})
