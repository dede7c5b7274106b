import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createReadiness } from '../../../src/client/readiness'
import type { Status } from '../../../src/client/types/events'

const make = (timeoutMs = 1000) => {
  const emitted: string[] = []
  const readiness = createReadiness({
    timeoutMs,
    emit: (milestone) => emitted.push(milestone),
    status: () => ({ ready: readiness.reached.ready, timedOut: readiness.reached.timeout }) as Status,
  })
  return { readiness, emitted }
}

describe('readiness', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is ready from cache no later than ready, each once', () => {
    const { readiness, emitted } = make()
    readiness.reachReady()
    readiness.reachReady()
    readiness.reachCache()
    expect(emitted).toEqual(['readyFromCache', 'ready'])
  })

  it('times out once, and can still become ready', async () => {
    const { readiness, emitted } = make()
    vi.advanceTimersByTime(999)
    expect(emitted).toEqual([])
    vi.advanceTimersByTime(1)
    expect(emitted).toEqual(['timeout'])
    expect(await readiness.whenReady()).toMatchObject({ ready: false, timedOut: true })
    readiness.reachReady()
    expect(emitted).toEqual(['timeout', 'readyFromCache', 'ready'])
    expect(await readiness.whenReady()).toMatchObject({ ready: true })
  })

  it('does not time out when it was ready before, nor with a time-out of 0', () => {
    const ready = make()
    ready.readiness.reachReady()
    const patient = make(0)
    vi.advanceTimersByTime(100_000)
    expect(ready.emitted).toEqual(['readyFromCache', 'ready'])
    expect(patient.emitted).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('still times out when only the cache was read', () => {
    const { readiness, emitted } = make()
    readiness.reachCache()
    vi.advanceTimersByTime(1000)
    expect(emitted).toEqual(['readyFromCache', 'timeout'])
  })

  it('resolves its promises at ready, at the time-out and at stop: they never hang', async () => {
    for (const settle of ['ready', 'timeout', 'stop']) {
      const { readiness } = make()
      const promises = [readiness.whenReady(), readiness.whenReadyFromCache()]
      if (settle === 'ready') readiness.reachReady()
      else if (settle === 'stop') readiness.stop()
      else vi.advanceTimersByTime(1000)
      for (const status of await Promise.all(promises)) expect(status.ready).toBe(settle === 'ready')
    }
  })

  it('resolves whenReadyFromCache alone when the cache was read', async () => {
    const { readiness } = make()
    const isReady = vi.fn()
    void readiness.whenReady().then(isReady)
    const fromCache = readiness.whenReadyFromCache()
    readiness.reachCache()
    expect((await fromCache).ready).toBe(false)
    expect(isReady).not.toHaveBeenCalled()
  })

  it('says and does nothing after stop, and leaves no timer', async () => {
    const { readiness, emitted } = make()
    readiness.stop()
    readiness.reachReady()
    expect(vi.getTimerCount()).toBe(0)
    expect(emitted).toEqual([])
    expect((await readiness.whenReady()).ready).toBe(false)
  })
})
