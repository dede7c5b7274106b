import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBeacon } from '../../../src/browser/beacon'

afterEach(() => vi.unstubAllGlobals())
const send = (sent: string[] = []) => createBeacon().send('https://e/beacon', '{}', ['a', 'b'], sent)
const withBeacon = (sendBeacon: unknown) => vi.stubGlobal('navigator', { sendBeacon })

describe('a beacon', () => {
  it('is a plain text: no other type gets across origins without a preflight', () => {
    const sendBeacon = vi.fn(() => true)
    withBeacon(sendBeacon)
    expect(createBeacon().transport).toBe('beacon')
    expect(send()).toBe(true)
    expect(sendBeacon).toHaveBeenCalledWith('https://e/beacon', '{}')
  })

  it.each([
    ['refused', () => false],
    ['swallowed by a wrapper', () => undefined],
    ['taken by a wrapper that goes on after the page', () => Promise.resolve(true)],
    [
      'thrown at',
      () => {
        throw new TypeError('no')
      },
    ],
  ])('that is %s was not taken', (_how, sendBeacon) => {
    withBeacon(sendBeacon)
    expect(send()).toBe(false)
  })

  it('tells what was sent where it was taken, and only there', () => {
    const sent = ['before']
    withBeacon(() => false)
    send(sent)
    expect(sent).toEqual(['before'])
    withBeacon(() => true)
    send(sent)
    expect(sent).toEqual(['before', 'a', 'b'])
    withBeacon(undefined)
    vi.stubGlobal('fetch', () => new Promise(() => undefined))
    send(sent)
    expect(sent).toEqual(['before', 'a', 'b', 'a', 'b'])
  })

  it('is a fetch that outlives the page where there are no beacons: the same request, without a preflight', () => {
    withBeacon(undefined)
    const fetched = vi.fn((_url: string, _options: RequestInit) => Promise.reject(new Error('offline')))
    vi.stubGlobal('fetch', fetched)
    expect(createBeacon().transport).toBe('keepalive')
    expect(send()).toBe(true)
    expect(fetched.mock.calls[0]).toEqual([
      'https://e/beacon',
      expect.objectContaining({ method: 'POST', body: '{}', keepalive: true, credentials: 'omit' }),
    ])
    expect(fetched.mock.calls[0]?.[1].headers).toBeUndefined()
  })

  it('was not taken where there is neither', () => {
    withBeacon(undefined)
    vi.stubGlobal('fetch', undefined)
    expect(send()).toBe(false)
  })
})
