import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../src/browser/keyValue'
import { createPageLock, type PageLock } from '../../../src/browser/locks'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

let databases = 0
const openDatabase = () =>
  createKeyValue({ database: `locks-${databases++}`, onFault: (why) => expect.unreachable(why) }) as KeyValue

/** What of Web Locks is needed here: exclusive, only if available or after a while. */
function webLocks() {
  const held = new Set<string>()
  const names: string[] = []
  return {
    names,
    async request(name: string, options: LockOptions, work: (lock: object | null) => unknown) {
      names.push(name)
      await Promise.resolve()
      if (held.has(name) && options.ifAvailable) return work(null)
      while (held.has(name)) await new Promise((resolve) => setImmediate(resolve))
      options.signal?.throwIfAborted()
      held.add(name)
      try {
        return await work({})
      } finally {
        held.delete(name)
      }
    },
  }
}
const turn = async () => {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(['Web Locks', 'leases'])('by %s', (how) => {
  const pages = () => {
    const keyValue = openDatabase()
    vi.stubGlobal('navigator', how === 'leases' ? {} : { locks: webLocks() })
    return (scope = 'scope') => createPageLock(scope, keyValue, () => Date.now())
  }

  it('a page is held by one', async () => {
    const page = pages()
    const [a, b] = [page(), page()]
    expect(await a.hold('one')).toBe(true)
    expect(await b.hold('one')).toBe(false)
    expect(await a.hold('one')).toBe(false)
    expect(await b.hold('two')).toBe(true)
    a.letGo()
    b.letGo()
  })

  it('is free again when it is let go, all that was held at once', async () => {
    const page = pages()
    const [a, b] = [page(), page()]
    await a.hold('one')
    await a.hold('dead')
    a.letGo()
    await turn()
    expect(await b.hold('one')).toBe(true)
    expect(await b.hold('dead')).toBe(true)
    b.letGo()
  })

  it('is let go of alone', async () => {
    const page = pages()
    const [a, b] = [page(), page()]
    await a.hold('one')
    await a.hold('two')
    a.letGo('one')
    await turn()
    expect([await b.hold('one'), await b.hold('two')]).toEqual([true, false])
    a.letGo()
    b.letGo()
  })

  it('is another one for another SDK key', async () => {
    const page = pages()
    const [a, b] = [page('key 1'), page('key 2')]
    expect(await a.hold('one')).toBe(true)
    expect(await b.hold('one')).toBe(true)
    a.letGo()
    b.letGo()
  })
})

describe('a Web Lock', () => {
  const open = () => {
    const keyValue = openDatabase()
    vi.stubGlobal('navigator', { locks: webLocks() })
    return [0, 1].map(() => createPageLock('scope', keyValue, () => Date.now())) as [PageLock, PageLock]
  }

  it('comes to who waits for it', async () => {
    const [a, b] = open()
    await a.hold('one')
    const waited = b.wait('one')
    await turn()
    expect(await b.hold('one')).toBe(false)
    a.letGo()
    expect(await waited).toBe(true)
    expect(await a.hold('one')).toBe(false)
    b.letGo()
  })

  it('does not come to who stopped waiting, which keeps what it has', async () => {
    const [a, b] = open()
    await a.hold('one')
    await b.hold('two')
    const waited = b.wait('one').catch(() => false)
    b.stopWaiting()
    a.letGo()
    expect(await waited).toBe(false)
    await turn()
    expect([await a.hold('one'), await a.hold('two')]).toEqual([true, false])
    a.letGo()
    b.letGo()
  })

  it('does not come to who let go of all', async () => {
    const [a, b] = open()
    await a.hold('one')
    const waited = b.wait('one').catch(() => false)
    const asked = b.hold('two')
    b.letGo()
    a.letGo()
    expect(await waited).toBe(false)
    expect(await asked).toBe(false)
    await turn()
    expect([await a.hold('one'), await a.hold('two')]).toEqual([true, true])
    a.letGo()
  })
})

describe('a lease', () => {
  it('is renewed while the page lives, and stale a minute after its last word', async () => {
    vi.stubGlobal('navigator', {})
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    const keyValue = openDatabase()
    const alive = createPageLock('scope', keyValue, () => Date.now())
    const other = createPageLock('scope', keyValue, () => Date.now())
    await alive.hold('one')
    for (let n = 0; n < 12; n++) {
      vi.advanceTimersByTime(10_000)
      await turn()
    }
    expect(await other.hold('one')).toBe(false)
    // It dies: no more renewals.
    const last = Date.now()
    vi.clearAllTimers()
    vi.setSystemTime(last + 59_000)
    expect(await other.hold('one')).toBe(false)
    vi.setSystemTime(last + 61_000)
    expect(await other.hold('one')).toBe(true)
    other.letGo()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not kept alive for ever by a clock that was set back', async () => {
    vi.stubGlobal('navigator', {})
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    const keyValue = openDatabase()
    await createPageLock('scope', keyValue, () => Date.now()).hold('one')
    vi.clearAllTimers()
    vi.setSystemTime(Date.now() - 86_400_000)
    expect(await createPageLock('scope', keyValue, () => Date.now()).hold('one')).toBe(true)
  })
})

it('is refused where locks are, as in a sandboxed frame', async () => {
  vi.stubGlobal('navigator', {
    locks: { request: () => Promise.reject(new DOMException('insecure', 'SecurityError')) },
  })
  const lock = createPageLock('scope', openDatabase(), () => Date.now())
  await expect(lock.hold('one')).rejects.toThrow('insecure')
  lock.letGo()
})
