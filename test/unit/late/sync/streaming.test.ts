import { describe, expect, it, vi } from 'vitest'
import { createStreaming } from '../../../../src/late/sync/streaming'
import type { Stream } from '../../../../src/late/sync/stream/createStream'

const fake = () =>
  ({
    start: vi.fn(),
    addKey: vi.fn(),
    isUp: vi.fn(() => true),
    refused: vi.fn(() => []),
    stop: vi.fn(),
  }) satisfies Stream

describe('streaming', () => {
  it('loads and starts the stream once', async () => {
    const stream = fake()
    const load = vi.fn(async () => stream)
    const streaming = createStreaming(load, vi.fn())
    streaming.addKey()
    expect(load).not.toHaveBeenCalled()
    streaming.start()
    streaming.start()
    await Promise.resolve()
    await Promise.resolve()
    expect(load).toHaveBeenCalledOnce()
    expect(stream.start).toHaveBeenCalledOnce()
    streaming.addKey()
    streaming.pause()
    streaming.resume()
    expect([stream.addKey, stream.stop, stream.start].map((call) => call.mock.calls.length)).toEqual([1, 1, 2])
  })

  it('does not start one that arrives after the end', async () => {
    const stream = fake()
    const streaming = createStreaming(async () => stream, vi.fn())
    streaming.start()
    streaming.stop()
    await Promise.resolve()
    await Promise.resolve()
    expect(stream.start).not.toHaveBeenCalled()
  })

  it('reports what keeps it from loading, and goes on without', async () => {
    const onFault = vi.fn()
    const fault = new Error('no dynamic import here')
    const streaming = createStreaming(() => Promise.reject(fault), onFault)
    streaming.start()
    await vi.waitFor(() => expect(onFault).toHaveBeenCalledExactlyOnceWith(fault))
    streaming.addKey()
    streaming.stop()
  })
})
