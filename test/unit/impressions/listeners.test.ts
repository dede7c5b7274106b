import { describe, expect, it, vi } from 'vitest'
import { createImpressionListeners } from '../../../src/impressions/listeners'
import { createLog, plainly } from '../../../src/shared/log'
import type { Impression } from '../../../src/impressions/types'

const key = { matchingKey: 'k', bucketingKey: undefined }
const impression = (flag: string): Impression => ({
  flag,
  key: 'k',
  treatment: 'on',
  label: 'l',
  time: 1,
  sdkVersion: 'pennon',
  disposition: 'queued',
})
const make = () => {
  const error = vi.fn()
  const log = createLog({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error }, 'error')
  log.speak(plainly)
  const listeners = createImpressionListeners(queueMicrotask, log)
  return { listeners, error }
}

describe('impression listeners', () => {
  it('hands impressions over in a microtask, in their order, or at once when drained', async () => {
    const { listeners } = make()
    const heard: string[] = []
    listeners.add(({ flag }) => heard.push(flag))
    listeners.take?.(impression('a'), key)
    listeners.take?.(impression('b'), key)
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual(['a', 'b'])
    listeners.take?.(impression('c'), key)
    listeners.deliverNow()
    expect(heard).toEqual(['a', 'b', 'c'])
    await Promise.resolve()
    expect(heard).toHaveLength(3)
  })

  it('hands nothing over while it is held, and all of it when that ends', async () => {
    const { listeners } = make()
    const heard: string[] = []
    listeners.add(({ flag }) => heard.push(flag))
    const release = listeners.hold()
    for (let n = 0; n < 2_001; n++) listeners.take?.(impression(`${n}`), key)
    await Promise.resolve()
    listeners.deliverNow()
    expect(heard).toEqual([])
    release()
    await Promise.resolve()
    expect(heard).toHaveLength(2_000)
    listeners.take?.(impression('later'), key)
    await Promise.resolve()
    expect(heard.at(-1)).toBe('later')
  })

  it('keeps some for listeners that come late, until they are taken', () => {
    const { listeners } = make()
    expect(listeners.takeKept()).toEqual([])
    listeners.keep()
    for (let n = 0; n < 2_001; n++) listeners.take?.(impression(`${n}`), key)
    listeners.deliverNow()
    const kept = listeners.takeKept()
    expect(kept).toHaveLength(2_000)
    expect(kept[0]).toEqual([impression('0'), key])
    // By then nobody listens any more.
    expect(listeners.take).toBeUndefined()
    expect(listeners.takeKept()).toEqual([])
  })

  it('forgets what it kept, and what waits', () => {
    const { listeners } = make()
    const heard: string[] = []
    listeners.keep()
    listeners.add(({ flag }) => heard.push(flag))
    listeners.take?.(impression('a'), key)
    listeners.deliverNow()
    listeners.take?.(impression('b'), key)
    listeners.forget()
    listeners.deliverNow()
    expect(heard).toEqual(['a'])
    expect(listeners.takeKept()).toEqual([])
  })

  it('hands nothing more over once a listener declines for the user, not even to one that keeps', () => {
    const { listeners } = make()
    const stop = listeners.add(() => listeners.forget())
    listeners.keep()
    for (const flag of ['a', 'b']) listeners.take?.(impression(flag), key)
    listeners.deliverNow()
    expect(listeners.takeKept()).toEqual([])
    stop()
    const heard: string[] = []
    listeners.add(({ flag }) => heard.push(flag))
    listeners.take?.(impression('c'), key)
    listeners.deliverNow()
    expect(heard).toEqual(['c'])
  })

  it('calls no listener that another one has just removed', () => {
    const { listeners } = make()
    const removed = vi.fn()
    listeners.add(() => remove())
    const remove = listeners.add(removed)
    listeners.take?.(impression('a'), key)
    listeners.deliverNow()
    expect(removed).not.toHaveBeenCalled()
  })

  it('goes on for the others when one is removed', () => {
    const { listeners } = make()
    const heard: string[] = []
    const remove = listeners.add(() => heard.push('first'))
    listeners.add(() => heard.push('second'))
    remove()
    listeners.take?.(impression('a'), key)
    listeners.deliverNow()
    expect(heard).toEqual(['second'])
  })

  it('gives each listener a copy of its own, and catches what it throws', () => {
    const { listeners, error } = make()
    const heard: string[] = []
    listeners.add((given) => {
      given.flag = 'changed'
      throw new Error('of the application')
    })
    listeners.add(({ flag }) => heard.push(flag))
    listeners.take?.(impression('a'), key)
    listeners.deliverNow()
    expect(heard).toEqual(['a'])
    expect(error).toHaveBeenCalledExactlyOnceWith('pennon: impression listener threw: Error: of the application')
  })

  it('takes nothing while nobody listens', () => {
    const { listeners } = make()
    expect(listeners.take).toBeUndefined()
    const leave = listeners.add(() => undefined)
    expect(listeners.take).toBeDefined()
    leave()
    expect(listeners.take).toBeUndefined()
  })

  it('forgets what waits when it is told to', async () => {
    const { listeners } = make()
    const heard = vi.fn()
    listeners.add(heard)
    listeners.take?.(impression('a'), key)
    listeners.forget()
    await Promise.resolve()
    expect(heard).not.toHaveBeenCalled()
  })
})
