import { describe, expect, it, vi } from 'vitest'
import { createImpressionFeed } from '../../../src/impressions/listeners'
import { createLog } from '../../../src/shared/log'
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
  const feed = createImpressionFeed(createLog({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error }, 'error'))
  return { feed, error }
}

describe('impression feed', () => {
  it('hands impressions over in a microtask, in their order, or at once when drained', async () => {
    const { feed } = make()
    const heard: string[] = []
    feed.add(({ flag }) => heard.push(flag))
    feed.taker()?.(impression('a'), key)
    feed.taker()?.(impression('b'), key)
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual(['a', 'b'])
    feed.taker()?.(impression('c'), key)
    feed.drain()
    expect(heard).toEqual(['a', 'b', 'c'])
    await Promise.resolve()
    expect(heard).toHaveLength(3)
  })

  it('gives each listener a copy of its own, and catches what it throws', () => {
    const { feed, error } = make()
    const heard: string[] = []
    feed.add((given) => {
      given.flag = 'changed'
      throw new Error('of the application')
    })
    feed.add(({ flag }) => heard.push(flag))
    feed.taker()?.(impression('a'), key)
    feed.drain()
    expect(heard).toEqual(['a'])
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('of the application'))
  })

  it('takes nothing while nobody listens', () => {
    const { feed } = make()
    expect(feed.taker()).toBeUndefined()
    const leave = feed.add(() => undefined)
    expect(feed.taker()).toBeDefined()
    leave()
    expect(feed.taker()).toBeUndefined()
  })

  it('forgets what waits when it is told to', async () => {
    const { feed } = make()
    const heard = vi.fn()
    feed.add(heard)
    feed.taker()?.(impression('a'), key)
    feed.clear()
    await Promise.resolve()
    expect(heard).not.toHaveBeenCalled()
  })
})
