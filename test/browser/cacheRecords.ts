import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'

export const DATABASE = 'pennon-definitions'

/** All records of the cache, as they are stored. */
export const records = (page: Page) =>
  page.evaluate(async (name) => {
    const known = await indexedDB.databases()
    if (!known.some((database) => database.name === name)) return []
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(new Error(String(request.error)))
      })
    const database = await result(indexedDB.open(name))
    try {
      if (!database.objectStoreNames.contains('entries')) return []
      const store = database.transaction('entries').objectStore('entries')
      const [keys, values] = await Promise.all([
        result(store.getAllKeys()),
        result(store.getAll() as IDBRequest<unknown[]>),
      ])
      return keys.map((key, i) => ({ key: key as unknown[], value: values[i] }))
    } finally {
      database.close()
    }
  }, DATABASE)
type Stored = Awaited<ReturnType<typeof records>>
export const named = (all: Stored, name: string) => all.filter(({ key }) => key.includes(name))
/** Waits until header, texts and memberships are stored. */
export const stored = (page: Page) =>
  expect
    .poll(
      async () => {
        const all = await records(page)
        return ['header', 'texts', 'memberships'].map((name) => named(all, name).length > 0)
      },
      { timeout: 10_000 },
    )
    .toEqual([true, true, true])
