import { afterEach, describe, expect, it, vi } from 'vitest'
import { findLocks, hasLocks, type Locks } from '../../../src/browser/locks'

afterEach(() => vi.unstubAllGlobals())

/** What of Web Locks is needed here: exclusive ones, if they are available. `hang`: requests that are never answered. */
function webLocks() {
  const held = new Set<string>()
  const manager = {
    hang: false,
    fault: undefined as Error | undefined,
    async request(name: string, _options: LockOptions, work: (lock: object | null) => unknown) {
      await Promise.resolve()
      if (manager.fault) throw manager.fault
      if (manager.hang) return new Promise(() => undefined)
      if (held.has(name)) return work(null)
      held.add(name)
      try {
        return await work({})
      } finally {
        held.delete(name)
      }
    },
    query: async () => ({ held: [...held].map((name) => ({ name })) }),
  }
  return manager
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('locks', () => {
  const open = () => {
    const manager = webLocks()
    vi.stubGlobal('navigator', { locks: manager })
    const page = () => findLocks() as Locks
    return { manager, page }
  }

  it('are held by one page', async () => {
    const { page } = open()
    const [a, b] = [page(), page()]
    expect(await a.take('one')).toBe(true)
    expect(await b.take('one')).toBe(false)
    expect(await a.take('one')).toBe(false)
    expect(await b.take('two')).toBe(true)
    expect(await a.held()).toEqual(['one', 'two'])
  })

  it('are free again when they are released, one or all', async () => {
    const { page } = open()
    const [a, b] = [page(), page()]
    for (const name of ['one', 'two', 'three']) await a.take(name)
    a.release('one')
    await turn()
    expect(await b.take('one')).toBe(true)
    expect(await b.take('two')).toBe(false)
    a.release()
    await turn()
    expect(await b.take('two')).toBe(true)
    expect(await a.take('three')).toBe(true)
  })

  it('that are asked for when all are released are not taken', async () => {
    const { page } = open()
    const [a, b] = [page(), page()]
    const asked = a.take('one')
    a.release()
    expect(await asked).toBe(false)
    await turn()
    expect(await b.take('one')).toBe(true)
  })

  it('that were refused can be asked for again', async () => {
    const { manager, page } = open()
    const locks = page()
    manager.fault = new DOMException('no', 'SecurityError')
    await expect(locks.take('one')).rejects.toThrow('no')
    manager.fault = undefined
    expect(await locks.take('one')).toBe(true)
  })

  it('that are never answered can be given up', async () => {
    const { manager, page } = open()
    const locks = page()
    manager.hang = true
    void locks.take('one')
    await turn()
    manager.hang = false
    locks.release('one')
    expect(await locks.take('one')).toBe(true)
  })
})

it('there are none on an insecure page, nor on a server', () => {
  vi.stubGlobal('navigator', {})
  expect([hasLocks(), findLocks()]).toEqual([false, undefined])
  vi.stubGlobal('navigator', undefined)
  expect([hasLocks(), findLocks()]).toEqual([false, undefined])
})
