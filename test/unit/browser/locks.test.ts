import { afterEach, describe, expect, it, vi } from 'vitest'
import { findLocks, hasLocks, type Locks } from '../../../src/browser/locks'

afterEach(() => vi.unstubAllGlobals())

/** What of Web Locks is needed here: exclusive ones, if they are available. */
function webLocks() {
  const held = new Set<string>()
  const manager = {
    fault: undefined as Error | undefined,
    async request(name: string, _options: LockOptions, work: (lock: object | null) => unknown) {
      await Promise.resolve()
      if (manager.fault) throw manager.fault
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
    expect(await a.take('one')).toBeTypeOf('function')
    expect(await b.take('one')).toBeUndefined()
    expect(await a.take('one')).toBeUndefined()
    expect(await b.take('two')).toBeTypeOf('function')
    expect(await a.held()).toEqual(['one', 'two'])
  })

  it('are free again when they are released', async () => {
    const { page } = open()
    const [a, b] = [page(), page()]
    const release = await a.take('one')
    await a.take('two')
    release?.()
    await turn()
    expect(await b.take('one')).toBeTypeOf('function')
    expect(await b.take('two')).toBeUndefined()
  })

  it('that were refused can be asked for again', async () => {
    const { manager, page } = open()
    const locks = page()
    manager.fault = new DOMException('no', 'SecurityError')
    await expect(locks.take('one')).rejects.toThrow('no')
    manager.fault = undefined
    expect(await locks.take('one')).toBeTypeOf('function')
  })
})

it('there are none on an insecure page, nor on a server', () => {
  vi.stubGlobal('navigator', {})
  expect([hasLocks(), findLocks()]).toEqual([false, undefined])
  vi.stubGlobal('navigator', undefined)
  expect([hasLocks(), findLocks()]).toEqual([false, undefined])
})
