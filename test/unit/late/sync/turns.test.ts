import { describe, expect, it, vi } from 'vitest'
import { createTurns } from '../../../../src/late/sync/turns'
import { settle } from '../../definitions/fakes'

function open(place: (begin: () => Promise<boolean>) => Promise<boolean> = (begin) => begin()) {
  const begun: { options: string | undefined; end: (result: boolean) => void }[] = []
  const onIdle = vi.fn()
  const turns = createTurns<string>({
    execute: (options) => new Promise((end) => begun.push({ options, end })),
    place: place as never,
    onIdle,
  })
  return { turns, begun, onIdle, options: () => begun.map(({ options }) => options) }
}

describe('turns', () => {
  it('follow each other, each with its own options and result', async () => {
    const { turns, begun, options, onIdle } = open()
    const done = [turns.run('a'), turns.run('b')]
    await settle()
    expect(options()).toEqual(['a'])
    expect(turns.isIdle()).toBe(false)
    begun[0]?.end(false)
    await settle()
    expect(options()).toEqual(['a', 'b'])
    expect(onIdle).not.toHaveBeenCalled()
    begun[1]?.end(true)
    expect(await Promise.all(done)).toEqual([false, true])
    expect(onIdle).toHaveBeenCalledTimes(1)
    expect(turns.isIdle()).toBe(true)
  })

  it('that have not begun serve whoever comes with the same wish; those that have do not', async () => {
    const { turns, begun, options } = open()
    const first = turns.run()
    expect(turns.run()).toBe(first)
    await settle()
    const second = turns.run()
    expect(second).not.toBe(first)
    const special = turns.run('special')
    expect(turns.run('special')).toBe(special)
    expect(turns.run()).toBe(second)
    begun[0]?.end(true)
    await settle()
    begun[1]?.end(true)
    await settle()
    begun[2]?.end(true)
    expect(await Promise.all([first, second, special])).toEqual([true, true, true])
    expect(options()).toEqual([undefined, undefined, 'special'])
  })

  it('begin when there is a place, and are joined until then', async () => {
    let give: () => void = () => {}
    const { turns, begun, options } = open(async (begin) => {
      await new Promise<void>((resolve) => (give = resolve))
      return begin()
    })
    const first = turns.run()
    await settle()
    expect(turns.run()).toBe(first)
    expect(options()).toEqual([])
    give()
    await settle()
    expect(turns.run()).not.toBe(first)
    begun[0]?.end(true)
    await expect(first).resolves.toBe(true)
  })
})
