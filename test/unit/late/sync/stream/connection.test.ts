import { describe, expect, it } from 'vitest'
import { createConnection } from '../../../../../src/late/sync/stream/connection'
import { createFakeClock } from '../../../definitions/fakes'
import type { EventSourceListener } from '../../../../../src/browser/eventSource'

function openConnection() {
  const clock = createFakeClock(0)
  const told: unknown[] = []
  const sources: { url: string; listener: EventSourceListener; closed: number }[] = []
  const connection = createConnection({
    openEventSource(url, listener) {
      if (url === 'forbidden') throw new DOMException('no', 'SecurityError')
      const source = { url, listener, closed: 0 }
      sources.push(source)
      return () => {
        source.closed++
      }
    },
    clock,
    onOpen: () => told.push(['open', connection.isOpen()]),
    onMessage: (data) => told.push(data),
    onFailed: (why, isLasting) => told.push([why, isLasting, connection.isOpen()]),
  })
  return { connection, clock, told, sources, listener: () => sources.at(-1)!.listener }
}

describe('a connection', () => {
  it('is open once it was opened, until it is closed', async () => {
    const { connection, clock, told, listener, sources } = openConnection()
    expect(connection.isOpen()).toBe(false)
    connection.open('a')
    expect(connection.isOpen()).toBe(false)
    listener().onOpen()
    listener().onMessage('hello')
    await clock.advance(600_000)
    expect(told).toEqual([['open', true], 'hello'])
    connection.close()
    connection.close()
    expect([connection.isOpen(), sources.map(({ closed }) => closed), clock.pending()]).toEqual([false, [1], 0])
  })

  it('takes the place of the one before', () => {
    const { connection, listener, sources } = openConnection()
    connection.open('a')
    listener().onOpen()
    connection.open('b')
    expect(sources.map(({ url, closed }) => [url, closed])).toEqual([
      ['a', 1],
      ['b', 0],
    ])
    expect(connection.isOpen()).toBe(false)
  })

  it('that cannot even be made has failed for long, and takes the one before with it', async () => {
    const { connection, clock, told, listener, sources } = openConnection()
    connection.open('a')
    listener().onOpen()
    connection.open('forbidden')
    expect(told).toEqual([
      ['open', true],
      ['SecurityError: no', true, false],
    ])
    expect([sources.map(({ closed }) => closed), clock.pending()]).toEqual([[1], 0])
    connection.open('b')
    listener().onOpen()
    expect(connection.isOpen()).toBe(true)
  })

  it('that does not open within 30 s has failed, and is closed', async () => {
    const { connection, clock, told, sources } = openConnection()
    connection.open('a')
    await clock.advance(29_999)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual([['the connection does not open', false, false]])
    expect(sources[0]?.closed).toBe(1)
  })

  it.each<[data: string | undefined, why: string, isLasting: boolean]>([
    [undefined, 'the connection failed', false],
    ['oops', 'the connection failed', false],
    ['null', 'the connection failed', false],
    ['{}', 'the connection failed', false],
    ['{"code":"x"}', 'the connection failed', false],
    ['{"code":39999}', 'error 39999', false],
    ['{"code":40000}', 'error 40000', true],
    ['{"code":"40001"}', 'error 40001', true],
    ['{"code":40139}', 'error 40139', true],
    ['{"code":40140}', 'error 40140', false],
    ['{"code":40149}', 'error 40149', false],
    ['{"code":40150}', 'error 40150', true],
    ['{"code":49999}', 'error 49999', true],
    ['{"code":50000}', 'error 50000', false],
    ['{"code":400000}', 'error 400000', false],
  ])('that fails with %s says why, and whether that lasts', async (data, why, isLasting) => {
    const { connection, clock, told, listener, sources } = openConnection()
    connection.open('a')
    listener().onError(data)
    await clock.advance(600_000)
    expect(told).toEqual([[why, isLasting, false]])
    // It closed itself.
    connection.close()
    expect(sources[0]?.closed).toBe(0)
  })
})
