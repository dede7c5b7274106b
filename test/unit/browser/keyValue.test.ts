import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createKeyValue, INTERRUPTED, type KeyValue } from '../../../src/browser/keyValue'

const real = globalThis.indexedDB
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  Object.defineProperty(globalThis, 'indexedDB', { value: real, configurable: true, writable: true })
})

let databases = 0
function open(onFault: (why: string) => void = (why) => expect.unreachable(why)) {
  const database = `db-${databases++}`
  return { database, keyValue: createKeyValue({ database, onFault }) as KeyValue }
}
const put = (keyValue: KeyValue, key: string, value: unknown) =>
  keyValue.transact('readwrite', (store) => void store.put(value, key))
const get = (keyValue: KeyValue, key: string) =>
  keyValue.transact(
    'readonly',
    (store) =>
      new Promise((resolve) => {
        const request = store.get(key)
        request.onsuccess = () => resolve(request.result)
      }),
  )
/** Hands out `fake` as `indexedDB` for the first so many openings. */
function openings(times: number, fake: () => IDBOpenDBRequest) {
  let opened = 0
  const opens = vi.fn((name: string) => (opened++ < times ? fake() : real.open(name)))
  vi.stubGlobal('indexedDB', { open: opens })
  return opens
}
const nothing = () => ({}) as IDBOpenDBRequest
const failing = (message: string) => () => {
  const request = { error: new DOMException(message, 'UnknownError') } as unknown as IDBOpenDBRequest
  queueMicrotask(() => request.onerror?.(new Event('error')))
  return request
}

describe('a database that works', () => {
  it('keeps what was put, and opens once', async () => {
    const opens = openings(0, nothing)
    const { keyValue } = open()
    await Promise.all([put(keyValue, 'a', 1), put(keyValue, 'b', 2)])
    expect(await get(keyValue, 'a')).toBe(1)
    expect(opens).toHaveBeenCalledTimes(1)
  })

  it('does nothing before it is used', () => {
    const opens = openings(0, nothing)
    open()
    expect(opens).not.toHaveBeenCalled()
  })

  it('is undefined where there is no IndexedDB', () => {
    vi.stubGlobal('indexedDB', undefined)
    expect(open().keyValue).toBeUndefined()
  })

  it('closes for good, after what has begun, and says nothing of what comes later', async () => {
    const { keyValue, database } = open()
    await put(keyValue, 'a', 1)
    const begun = Promise.all([put(keyValue, 'b', 2), get(keyValue, 'a')])
    keyValue.close()
    expect((await begun)[1]).toBe(1)
    await expect(get(keyValue, 'a')).rejects.toThrow('closed')
    await expect(deleted(database)).resolves.toBe('deleted')
  })

  it('closes also when it is let go of while it is being opened', async () => {
    const { keyValue, database } = open()
    const first = put(keyValue, 'a', 1)
    keyValue.close()
    await first
    // An open connection would block this.
    await expect(deleted(database)).resolves.toBe('deleted')
  })

  it('gets out of the way of another tab that wants to delete it', async () => {
    const { keyValue, database } = open()
    await put(keyValue, 'a', 1)
    await expect(deleted(database)).resolves.toBe('deleted')
    expect(await get(keyValue, 'a')).toBeUndefined()
  })
})

describe('a transaction', () => {
  it('that aborts after its puts succeeded is rejected', async () => {
    const { keyValue } = open()
    const aborted = keyValue.transact('readwrite', async (store) => {
      store.put(1, 'a')
      await new Promise((resolve) => (store.put(2, 'b').onsuccess = resolve))
      store.transaction.abort()
    })
    await expect(aborted).rejects.toBeDefined()
    expect(await get(keyValue, 'a')).toBeUndefined()
  })

  it('whose work throws leaves nothing behind', async () => {
    const { keyValue } = open()
    const thrown = keyValue.transact('readwrite', (store) => {
      store.put(1, 'a')
      throw new Error('mine')
    })
    await expect(thrown).rejects.toThrow('mine')
    expect(await get(keyValue, 'a')).toBeUndefined()
  })

  it('that has begun when the page is kept is aborted, no fault, and later ones work', async () => {
    const { keyValue } = open()
    await put(keyValue, 'a', 1)
    let isBegun = () => {}
    const begun = new Promise<void>((resolve) => (isBegun = resolve))
    const writing = keyValue.transact('readwrite', (store) => {
      store.put(2, 'a')
      isBegun()
      return new Promise(() => undefined)
    })
    await begun
    keyValue.suspend(true)
    await expect(writing).rejects.toBe(INTERRUPTED)
    expect(await get(keyValue, 'a')).toBe(1)
  })

  it('that has begun ends where the page can wait for it', async () => {
    const { keyValue } = open()
    await put(keyValue, 'a', 1)
    const writing = put(keyValue, 'a', 2)
    await Promise.resolve()
    keyValue.suspend()
    await writing
    expect(await get(keyValue, 'a')).toBe(2)
  })

  it('that never ends is given up, and aborted', async () => {
    const { keyValue } = open()
    await put(keyValue, 'a', 1)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let transaction: IDBTransaction | undefined
    let isBusy = true
    const hung = keyValue.transact('readwrite', (store) => {
      transaction = store.transaction
      // Requests without end keep it alive.
      const again = () => {
        if (isBusy) store.get('a').onsuccess = again
      }
      again()
      return new Promise(() => undefined)
    })
    const outcome = hung.catch((fault: unknown) => String(fault))
    await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersByTime(10_000)
    expect(await outcome).toContain('does not answer')
    isBusy = false
    expect(() => transaction?.abort()).toThrow()
  })
})

describe('storage that fails', () => {
  it('a getter that throws: rejected, said once', async () => {
    Object.defineProperty(globalThis, 'indexedDB', {
      configurable: true,
      get() {
        throw new DOMException('insecure', 'SecurityError')
      },
    })
    const onFault = vi.fn()
    const { keyValue } = open(onFault)
    await expect(put(keyValue, 'a', 1)).rejects.toThrow('insecure')
    await expect(put(keyValue, 'a', 1)).rejects.toBeDefined()
    expect(onFault).toHaveBeenCalledTimes(1)
  })

  it('an open that fires no event: given up after two seconds, once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const opens = openings(1, nothing)
    const onFault = vi.fn()
    const { keyValue } = open(onFault)
    const first = put(keyValue, 'a', 1).catch((fault: unknown) => String(fault))
    await vi.advanceTimersByTimeAsync(1_999)
    expect(onFault).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await first).toContain('does not answer')
    // Nobody waits two seconds again.
    const second = put(keyValue, 'a', 1).catch((fault: unknown) => String(fault))
    await vi.advanceTimersByTimeAsync(2)
    expect(await second).toContain('does not answer')
    expect(opens).toHaveBeenCalledTimes(1)
    expect(onFault).toHaveBeenCalledTimes(1)
  })

  it('an open that never answers: 25 s later another one is tried, and works', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const opens = openings(1, nothing)
    const { keyValue } = open(() => undefined)
    const first = put(keyValue, 'a', 1).catch(() => 'given up')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await first).toBe('given up')
    await vi.advanceTimersByTimeAsync(24_900)
    const second = put(keyValue, 'a', 1).catch(() => 'given up')
    await vi.advanceTimersByTimeAsync(100)
    expect(await second).toBe('given up')
    await put(keyValue, 'a', 2)
    expect(await get(keyValue, 'a')).toBe(2)
    expect(opens).toHaveBeenCalledTimes(2)
  })

  it('no open that ever answers: four are tried, and the last one may still answer late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const requests: IDBOpenDBRequest[] = []
    const opens = openings(9, () => {
      requests.push(nothing())
      return requests.at(-1) as IDBOpenDBRequest
    })
    const onFault = vi.fn()
    const { keyValue, database } = open(onFault)
    for (let n = 0; n < 6; n++) {
      const given = put(keyValue, 'a', n).catch(() => 'given up')
      await vi.advanceTimersByTimeAsync(27_000)
      expect(await given).toBe('given up')
    }
    expect(opens).toHaveBeenCalledTimes(4)
    expect(onFault).toHaveBeenCalledTimes(1)
    vi.useRealTimers()
    const connections = await Promise.all(requests.map(() => opened(database)))
    for (const [n, request] of requests.entries()) {
      Object.defineProperty(request, 'result', { value: connections[n] })
      request.onsuccess?.(new Event('success'))
    }
    await put(keyValue, 'a', 7)
    expect(await get(keyValue, 'a')).toBe(7)
    keyValue.close()
    // None of those that came too late stays open: it would block this.
    await expect(deleted(database)).resolves.toBe('deleted')
  })

  it('an open that comes late: what was given up is not done, later uses work', async () => {
    // Not the clock: what comes later is dated by the real one.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const late = {} as IDBOpenDBRequest
    openings(1, () => late)
    const { keyValue, database } = open(() => undefined)
    const work = vi.fn()
    const first = keyValue.transact('readwrite', work).catch(() => 'given up')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await first).toBe('given up')
    vi.useRealTimers()
    const connection = await opened(database)
    Object.defineProperty(late, 'result', { value: connection })
    late.onsuccess?.(new Event('success'))
    await put(keyValue, 'a', 1)
    expect(await get(keyValue, 'a')).toBe(1)
    expect(work).not.toHaveBeenCalled()
    connection.close()
  })

  it('an open that fails: tried again, at most three times, then never more', async () => {
    const opens = openings(9, failing('corrupt'))
    const onFault = vi.fn()
    const { keyValue } = open(onFault)
    await expect(put(keyValue, 'a', 1)).rejects.toThrow('corrupt')
    await expect(put(keyValue, 'a', 1)).rejects.toBeDefined()
    expect(opens).toHaveBeenCalledTimes(4)
    expect(onFault).toHaveBeenCalledTimes(1)
  })

  it('an open that fails at first: works afterwards, and nothing is said', async () => {
    openings(2, failing('busy'))
    const { keyValue } = open()
    await put(keyValue, 'a', 1)
    expect(await get(keyValue, 'a')).toBe(1)
  })

  it('a connection that is lost again and again, and heals each time: works on, and nothing is said', async () => {
    const opens = openings(0, nothing)
    const onFault = vi.fn()
    const { keyValue } = open(onFault)
    for (let n = 0; n < 10; n++) {
      await keyValue.transact('readonly', (store) => store.transaction.db.close())
      await put(keyValue, 'a', n)
      expect(await get(keyValue, 'a')).toBe(n)
    }
    expect(opens.mock.calls.length).toBeGreaterThan(5)
    expect(onFault).not.toHaveBeenCalled()
  })
})

function opened(database: string): Promise<IDBDatabase> {
  const request = real.open(database)
  request.onupgradeneeded = () => request.result.createObjectStore('entries')
  return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
}

function deleted(database: string): Promise<string> {
  return new Promise((resolve) => {
    const request = real.deleteDatabase(database)
    request.onsuccess = () => resolve('deleted')
    request.onblocked = () => resolve('blocked')
  })
}
