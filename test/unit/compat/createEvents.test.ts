import { describe, expect, it, vi } from 'vitest'
import { createEvents } from '../../../src/compat/createEvents'
import { createLogger } from '../../../src/compat/logger'

function open() {
  const complaints: string[] = []
  const logger = createLogger('ERROR')
  const ignore = () => undefined
  logger.setLogger({ debug: ignore, info: ignore, warn: ignore, error: (line) => complaints.push(line) })
  const members = createEvents((event) => event === 'past', logger)
  return { members, complaints }
}

describe('the events of pennon/compat', () => {
  it('call listeners in the order they came, and those that go before first', () => {
    const { members } = open()
    const heard: string[] = []
    members
      .on('a', () => heard.push('first'))
      .addListener('a', () => heard.push('second'))
      .prependListener('a', () => heard.push('before'))
      .prependOnceListener('a', () => heard.push('once before'))
    expect([members.emit('a'), members.emit('a'), members.emit('b')]).toEqual([true, true, false])
    expect(heard).toEqual(['once before', 'before', 'first', 'second', 'before', 'first', 'second'])
  })

  it('pass on what is emitted, and let go of what is called once before it is called', () => {
    const { members } = open()
    const listener = vi.fn(() => members.emit('a', 'inner'))
    members.once('a', listener)
    members.emit('a', 1, 2)
    expect(listener.mock.calls).toEqual([[1, 2]])
  })

  it('say who listens', () => {
    const { members } = open()
    const one = () => {}
    const name = Symbol('event')
    members.on('a', one).once('a', one).on(name, one)
    expect([members.listenerCount('a'), members.listeners('a'), members.rawListeners('b')]).toEqual([2, [one, one], []])
    expect(members.eventNames()).toEqual(['a', name])
    members.off('a', one)
    expect(members.listenerCount('a')).toBe(1)
    expect(members.removeAllListeners(name).eventNames()).toEqual(['a'])
    expect(members.removeAllListeners().eventNames()).toEqual([])
    expect([members.setMaxListeners(3) === members, members.getMaxListeners()]).toEqual([true, 0])
  })

  it('do not call one that was removed by another', () => {
    const { members } = open()
    const second = vi.fn()
    members.on('a', () => members.off('a', second)).on('a', second)
    members.emit('a')
    expect(second).not.toHaveBeenCalled()
  })

  it('survive a listener that throws, and one that is none', () => {
    const { members, complaints } = open()
    const next = vi.fn()
    members
      .on('a', () => {
        throw new Error('mine')
      })
      .on('a', undefined as never)
      .on('a', next)
    members.emit('a')
    expect(next).toHaveBeenCalledOnce()
    expect(complaints).toEqual([
      'pennon: a listener of a must be a function',
      'pennon: a listener of a failed: Error: mine',
    ])
  })

  it('say of which event a listener comes too late, and add it', () => {
    const { members, complaints } = open()
    members.on('a', () => {}).on('past', () => {})
    expect([complaints, members.listenerCount('past')]).toEqual([['pennon: a listener of past comes too late'], 1])
  })
})
