import { describe, expect, it } from 'vitest'
import { createLife } from '../../../../src/late/delivery/life'
import { createHub } from '../../../../src/shared/hub'
import { createLog } from '../../../../src/shared/log'
import { createStops } from '../../../../src/shared/stops'
import { createHandClock, turn } from './createHandClock'

/** One page of an origin whose locks are in `held`. `ask`: how the browser answers a request for a lock. */
function open({ hasLocks = true, held = new Set<string>(), ask = (): Promise<boolean> => Promise.resolve(true) } = {}) {
  const events: string[] = []
  const asked: string[] = []
  const { timers, clock } = createHandClock()
  const locks = {
    async take(name: string) {
      asked.push(name)
      if (!(await ask()) || held.has(name)) return undefined
      held.add(name)
      return () => void held.delete(name)
    },
    held: async () => [...held],
  }
  const hub = createHub(createLog(console, 'none'))
  hub.on('usable', () => events.push('held'))
  hub.on('alone', (why) => events.push(why))
  const stops = createStops()
  const life = createLife({
    locks: hasLocks ? locks : undefined,
    scope: 'scope',
    clock,
    hub,
    stops,
  })
  /** Runs the one timer that waits. */
  const passes = async (ms: number) => {
    expect(timers.map((timer) => [timer.ms, timer.isBackground])).toEqual([[ms, true]])
    timers.splice(0).forEach(({ run }) => run())
    await turn()
  }
  /** Lets a deadline of two seconds be met, which has two halves. */
  const isLate = async () => {
    for (const half of [1_000, 1_000]) {
      expect(timers.map(({ ms }) => ms)).toEqual([half])
      timers.splice(0).forEach(({ run }) => run())
    }
    await turn()
  }
  return { life, stops, events, asked, timers, held, passes, isLate }
}

describe('a life', () => {
  it('begins with a request for its lock, and whoever waits hears of the answer', async () => {
    const { life, events, timers, held } = open()
    expect([life.state, life.number]).toEqual(['ended', 0])
    life.begin()
    expect(life.state).toBe('asked')
    await life.whenAnswered
    expect([life.state, events, timers]).toEqual(['held', ['held'], []])
    expect([...held]).toEqual([`pennon:2:scope:${life.id}`])
    life.begin()
    await turn()
    expect([life.state, events]).toEqual(['held', ['held']])
  })

  it('that ends releases its lock at once; the next one, of another name, begins 10 s later', async () => {
    const { life, held, passes, events } = open()
    life.begin()
    await life.whenAnswered
    const { id, signal } = life
    life.end()
    expect([life.state, life.number, held.size]).toEqual(['ended', 1, 0])
    expect([signal.aborted, life.signal.aborted]).toEqual([true, false])
    expect(life.id).not.toBe(id)
    await passes(10_000)
    expect([life.state, events, [...held]]).toEqual(['held', ['held', 'held'], [`pennon:2:scope:${life.id}`]])
  })

  it('that ends twice begins once', async () => {
    const { life, timers } = open()
    life.end()
    life.end()
    expect([timers.length, life.number]).toEqual([1, 2])
  })

  it('begins at once where the page is back, and not a second time', async () => {
    const { life, timers } = open()
    life.end()
    life.begin()
    await life.whenAnswered
    expect([life.state, timers]).toEqual(['held', []])
  })

  it('that is stopped has no next one', async () => {
    const { life, stops, held, timers } = open()
    life.begin()
    await life.whenAnswered
    stops.stop()
    expect([life.state, held.size, timers]).toEqual(['ended', 0, []])
  })

  it('that ends before the answer does not keep the lock', async () => {
    let answer = (_: boolean) => {}
    const { life, held, events } = open({ ask: () => new Promise((resolve) => (answer = resolve)) })
    life.begin()
    const asked = life.whenAnswered
    life.end()
    answer(true)
    await asked
    expect([life.state, held.size, events]).toEqual(['ended', 0, []])
  })

  it.each([true, false])('has names that no other life has, also of a page of the same millisecond', (hasLocks) => {
    const names = new Set<string>()
    for (let n = 0; n < 20; n++) {
      const { life } = open({ hasLocks })
      for (let ends = 0; ends < 3; ends++) {
        names.add(life.id)
        life.end()
      }
    }
    expect(names.size).toBe(60)
  })
})

describe('a page is alone', () => {
  it('where there are no locks, and nobody needs to be told', async () => {
    const { life, events, timers } = open({ hasLocks: false })
    life.begin()
    expect(life.state).toBe('alone')
    await life.whenAnswered
    expect([events, timers]).toEqual([[], []])
    expect(await life.adopt('other')).toBe(false)
  })

  it('where the browser refuses, and says so once', async () => {
    const { life, events, timers } = open({ ask: () => Promise.reject(new Error('no')) })
    life.begin()
    await life.whenAnswered
    expect([life.state, events, timers]).toEqual(['alone', ['the browser refuses a lock'], []])
  })

  it('where the browser does not answer within 2 s; a refusal that comes later is no news', async () => {
    let answer = (_: boolean) => {}
    const { life, events, isLate } = open({ ask: () => new Promise((resolve) => (answer = resolve)) })
    life.begin()
    await isLate()
    await life.whenAnswered
    answer(false)
    await turn()
    expect([life.state, events]).toEqual(['alone', ['the browser does not answer for a lock']])
  })

  it('until a late answer: the lock is as good then', async () => {
    let answer = (_: boolean) => {}
    const { life, events, isLate } = open({ ask: () => new Promise((resolve) => (answer = resolve)) })
    life.begin()
    await isLate()
    answer(true)
    await turn()
    expect([life.state, events.at(-1)]).toEqual(['held', 'held'])
  })

  it('no longer once the next life has begun; a refusal of the last one is no news', async () => {
    const answers: ((isGranted: boolean) => void)[] = []
    const { life, events } = open({ ask: () => new Promise((resolve) => answers.push(resolve)) })
    life.begin()
    life.end()
    life.begin()
    answers[0]?.(false)
    await turn()
    expect([life.state, events]).toEqual(['asked', []])
    answers[1]?.(true)
    await turn()
    expect([life.state, events]).toEqual(['held', ['held']])
  })
})

describe('a dead life', () => {
  it('is adopted where nobody holds its lock, and let go of alone', async () => {
    const { life, asked, held } = open({ held: new Set(['pennon:2:scope:living']) })
    expect(await life.adopt('living')).toBe(false)
    expect(await life.adopt('one')).toBe(true)
    expect(await life.adopt('two')).toBe(true)
    expect([...life.adopted.keys()]).toEqual(['one', 'two'])
    life.release('one')
    life.release('nobody')
    expect([...life.adopted.keys()]).toEqual(['two'])
    expect([...held]).toEqual(['pennon:2:scope:living', 'pennon:2:scope:two'])
    // Firefox never puts a page into the bfcache that asked for a lock in vain.
    expect(asked).toEqual(['pennon:2:scope:one', 'pennon:2:scope:two'])
  })

  it.each([
    ['a lock that comes later is let go of', true],
    ['neither is it where the lock is refused later', false],
  ])('is not adopted where the browser does not answer within 2 s; %s', async (_, isGranted) => {
    let answer = (_: boolean) => {}
    const { life, held, isLate } = open({ ask: () => new Promise((resolve) => (answer = resolve)) })
    const adopting = life.adopt('one')
    await isLate()
    expect(await adopting).toBe(false)
    answer(isGranted)
    await turn()
    expect([life.adopted.size, held.size]).toEqual([0, 0])
  })

  it('is anybody’s again when the life that adopted it ends, also when its lock comes later', async () => {
    let answer = (_: boolean) => {}
    const asked: boolean[] = []
    const ask = () => (asked.push(true) < 2 ? Promise.resolve(true) : new Promise<boolean>((go) => (answer = go)))
    const { life, held } = open({ ask })
    await life.adopt('one')
    const late = life.adopt('two')
    await turn()
    life.end()
    expect([life.adopted.size, held.size]).toEqual([0, 0])
    answer(true)
    expect(await late).toBe(false)
    expect([life.adopted.size, held.size]).toEqual([0, 0])
  })
})
