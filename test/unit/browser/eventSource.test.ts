import { afterEach, describe, expect, it, vi } from 'vitest'
import { findEventSource } from '../../../src/browser/eventSource'

afterEach(() => vi.unstubAllGlobals())

/** The part of a browser's `EventSource` that is used. */
class FakeEventSource {
  static last: FakeEventSource
  isClosed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onerror: ((event: { data?: string }) => void) | null = null
  constructor(readonly url: string) {
    FakeEventSource.last = this
  }
  close() {
    this.isClosed = true
  }
}

function open() {
  vi.stubGlobal('EventSource', FakeEventSource)
  const listener = { onOpen: vi.fn(), onMessage: vi.fn(), onError: vi.fn() }
  const close = findEventSource()?.('https://streaming.test/sse?a=b', listener) as () => void
  return { ...listener, close, source: FakeEventSource.last }
}

describe('a stream of events', () => {
  it.each([undefined, null, {}])('is not there where EventSource is %j', (value) => {
    vi.stubGlobal('EventSource', value)
    expect(findEventSource()).toBeUndefined()
  })

  it('connects, and hands on what it hears', () => {
    const { source, onOpen, onMessage, onError } = open()
    expect(source.url).toBe('https://streaming.test/sse?a=b')
    expect(onOpen).not.toHaveBeenCalled()
    source.onopen?.()
    source.onmessage?.({ data: 'one' })
    source.onmessage?.({ data: 'two' })
    expect(onOpen).toHaveBeenCalledTimes(1)
    expect(onMessage.mock.calls).toEqual([['one'], ['two']])
    expect(onError).not.toHaveBeenCalled()
    expect(source.isClosed).toBe(false)
  })

  it.each([
    [{ data: '{"code":40142}' }, '{"code":40142}'],
    [{}, undefined],
  ])('that fails does not connect again by itself: %j', (event, data) => {
    const { source, onError } = open()
    const { onerror } = source
    // It is closed before the listener is called, which may open another one: there is one connection only.
    onError.mockImplementation(() => expect(source.isClosed).toBe(true))
    onerror?.(event)
    expect(onError.mock.calls).toEqual([[data]])
    expect([source.onopen, source.onmessage, source.onerror]).toEqual([null, null, null])
  })

  it('closed tells nobody of anything', () => {
    const { source, close } = open()
    close()
    expect(source.isClosed).toBe(true)
    expect([source.onopen, source.onmessage, source.onerror]).toEqual([null, null, null])
  })
})
