import { describe, expect, it, vi } from 'vitest'
import { createEmitter } from '../../../src/shared/emitter'

interface Events {
  a: number
  b: string
}

const make = () => {
  const onFault = vi.fn()
  return { emitter: createEmitter<Events>(onFault), onFault }
}

describe('emitter', () => {
  it('calls the listeners of an event in their order, with its payload', () => {
    const { emitter } = make()
    const heard: string[] = []
    emitter.on('a', (n) => heard.push(`first ${n}`))
    emitter.on('a', (n) => heard.push(`second ${n}`))
    emitter.on('b', (text) => heard.push(text))
    emitter.emit('a', 1)
    expect(heard).toEqual(['first 1', 'second 1'])
  })

  it('reports a listener that throws and calls the rest', () => {
    const { emitter, onFault } = make()
    const rest = vi.fn()
    const fault = new Error('mine')
    emitter.on('a', () => {
      throw fault
    })
    emitter.on('a', rest)
    emitter.emit('a', 1)
    expect(onFault).toHaveBeenCalledExactlyOnceWith('a', fault)
    expect(rest).toHaveBeenCalledOnce()
  })

  it('lets a listener remove itself while it is called', () => {
    const { emitter } = make()
    const heard: string[] = []
    const off = emitter.on('a', () => {
      heard.push('self')
      off()
    })
    emitter.on('a', () => heard.push('other'))
    emitter.emit('a', 1)
    emitter.emit('a', 2)
    expect(heard).toEqual(['self', 'other', 'other'])
  })

  it('does not call a listener that another one has just removed, nor one that was just added', () => {
    const { emitter } = make()
    const removed = vi.fn()
    const added = vi.fn()
    emitter.on('a', () => {
      off()
      emitter.on('a', added)
    })
    const off = emitter.on('a', removed)
    emitter.emit('a', 1)
    expect(removed).not.toHaveBeenCalled()
    expect(added).not.toHaveBeenCalled()
  })

  it('counts the same function once per subscription', () => {
    const { emitter } = make()
    const listener = vi.fn()
    const off = emitter.on('a', listener)
    emitter.on('a', listener)
    off()
    off()
    emitter.emit('a', 1)
    expect(listener).toHaveBeenCalledOnce()
  })

  it('tells a late listener what it missed, unless it left again', async () => {
    const { emitter } = make()
    const heard: unknown[] = []
    emitter.on(
      'a',
      (n) => heard.push(n),
      () => 7,
    )
    emitter.on(
      'b',
      (text) => heard.push(text),
      () => 'gone',
    )()
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual([7])
  })

  it('forgets all of them', () => {
    const { emitter } = make()
    const listener = vi.fn()
    emitter.on('a', listener)
    emitter.clear()
    emitter.emit('a', 1)
    expect(listener).not.toHaveBeenCalled()
  })
})
