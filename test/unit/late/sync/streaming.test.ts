import { describe, expect, it, vi } from 'vitest'
import { createStreaming } from '../../../../src/late/sync/streaming'
import type { HideMoment } from '../../../../src/browser/page'
import type { Stream } from '../../../../src/late/sync/stream/createStream'

const fake = () =>
  ({
    start: vi.fn(),
    addKey: vi.fn(),
    isUp: vi.fn(() => true),
    refused: vi.fn(() => []),
    stop: vi.fn(),
  }) satisfies Stream

const hide = new Set<(moment: HideMoment) => void>()
const restore = new Set<() => void>()
const page = {
  onHide(listener: (moment: HideMoment) => void) {
    hide.add(listener)
    return () => void hide.delete(listener)
  },
  onRestore(listener: () => void) {
    restore.add(listener)
    return () => void restore.delete(listener)
  },
}

describe('streaming', () => {
  it('loads and starts the stream once', async () => {
    const stream = fake()
    const load = vi.fn(async () => stream)
    const streaming = createStreaming(load, page, vi.fn())
    streaming.addKey()
    expect(load).not.toHaveBeenCalled()
    streaming.start()
    streaming.start()
    await Promise.resolve()
    await Promise.resolve()
    expect(load).toHaveBeenCalledOnce()
    expect(stream.start).toHaveBeenCalledOnce()
    streaming.addKey()
    hide.forEach((listener) => listener('hidden'))
    expect(stream.stop).not.toHaveBeenCalled()
    hide.forEach((listener) => listener('pagehide'))
    restore.forEach((listener) => listener())
    expect([stream.addKey, stream.stop, stream.start].map((call) => call.mock.calls.length)).toEqual([1, 1, 2])
    streaming.stop()
    expect([...hide, ...restore]).toEqual([])
  })

  it('does not start one that arrives after the end', async () => {
    const stream = fake()
    const streaming = createStreaming(async () => stream, page, vi.fn())
    streaming.start()
    streaming.stop()
    await Promise.resolve()
    await Promise.resolve()
    expect(stream.start).not.toHaveBeenCalled()
  })

  it('reports what keeps it from loading, goes on without, and tries again when it is told to', async () => {
    const onFault = vi.fn()
    const fault = new Error('the network is away')
    const stream = fake()
    const load = vi.fn(async () => stream).mockRejectedValueOnce(fault)
    const streaming = createStreaming(load, page, onFault)
    streaming.start()
    streaming.start()
    await expect.poll(() => onFault).toHaveBeenCalledExactlyOnceWith(fault)
    streaming.addKey()
    expect(load).toHaveBeenCalledOnce()
    streaming.start()
    await expect.poll(() => stream.start).toHaveBeenCalledOnce()
    streaming.stop()
  })
})
