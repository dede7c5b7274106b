import { requestResult } from '../../browser/requestResult'
import type { KeyValue } from '../../browser/keyValue'
import type { PageLock } from '../../browser/locks'
import type { Transactions } from './transactions'

/**
 * Databases for what pages write as they go away, one for each living page. In the outbox, which all tabs use, one of
 * another tab may be in front, and a transaction that has to wait dies with the page.
 */
export interface HideSlots {
  /** Takes one that no living page has, and moves to the outbox what is in it, of this page too. Never rejects. */
  take(): Promise<void>
  /** This page wrote something that was not moved yet. */
  isUsed(): boolean
  /** Moves to the outbox what dead pages left in the others, of those that live as soon as they are dead. Never rejects. */
  recover(): Promise<void>
  /** Writes at once. `isSure` unless it has to wait for the last one. @returns undefined where there is none */
  write(work: (store: IDBObjectStore) => void): { done: Promise<void>; isSure: boolean } | undefined
  /** Waits for no other page any more, until the next `recover`. */
  stopWaiting(): void
  /** Does it in each that there is. Rejects with the first fault, after all of them. */
  each(work: (store: IDBObjectStore) => void): Promise<void>
  /** Another page may have it from now on. */
  letGo(): void
}

export interface HideSlotsParts {
  /** Their names begin with it, and end with a number. */
  prefix: string
  open: (database: string) => KeyValue | undefined
  /** What databases there are; undefined where nobody can tell. */
  databaseNames: () => Promise<(string | undefined)[] | undefined>
  lock: PageLock
  /** A page is dead, or in the bfcache, and what it left is in the outbox now. */
  onLeft: () => void
  transactions: Transactions
  outbox: KeyValue
  /** Puts one record where it belongs in the outbox. */
  move: (outbox: IDBObjectStore, key: IDBValidKey, value: unknown) => void
}

/** Pages beyond these go without. */
const SLOTS = 8
/** Records of up to 15 KB that are moved at once, so that no task gets long. */
const SLICE = 12

export function createHideSlots(parts: HideSlotsParts): HideSlots {
  const { prefix, open, databaseNames, lock, onLeft, transactions, outbox, move } = parts
  const { transact, commit } = transactions
  const names = [...Array(SLOTS).keys()].map((slot) => `${prefix}${slot}`)
  const databases = new Map<string, KeyValue | undefined>()
  let own: string | undefined
  let slot: KeyValue | undefined
  // How often this page wrote, and how much of it was moved.
  let written = 0
  let moved = 0
  let writing = 0
  // Of holding one: what is under way when it is let go concerns the last one.
  let turn = 0
  let taking: Promise<void> | undefined

  const isUsed = () => moved < written
  const databaseOf = (name: string) => {
    if (!databases.has(name)) databases.set(name, open(name))
    return databases.get(name)
  }
  const others = async () => {
    const there = await databaseNames()
    return names.filter((name) => name !== own && (!there || there.includes(name)))
  }
  const empty = async (from: KeyValue | undefined, isOwn: boolean) => {
    const its = turn
    for (;;) {
      if (!from) return
      const [keys, values] = await transact(from, 'readonly', (store) =>
        Promise.all([
          requestResult(store.getAllKeys(undefined, SLICE)),
          requestResult<unknown[]>(store.getAll(undefined, SLICE)),
        ]),
      )
      if (!keys.length || its !== turn) return
      await transact(outbox, 'readwrite', (store) => keys.forEach((key, n) => move(store, key, values[n])))
      if (its !== turn) return
      // What was moved must not be moved again. Only in the own one it would be in the way of page hide.
      const forget = (store: IDBObjectStore) => keys.forEach((key) => store.delete(key))
      await (isOwn ? transact(from, 'readwrite', forget) : from.transact('readwrite', forget))
    }
  }
  const recover = async (name: string) => {
    const itsDatabase = databaseOf(name)
    try {
      await empty(itsDatabase, false)
    } finally {
      itsDatabase?.suspend()
      lock.letGo(name)
    }
  }
  const waiting = new Set<string>()
  const waitFor = async (name: string) => {
    if (waiting.has(name)) return
    waiting.add(name)
    try {
      if (await lock.wait(name)) {
        await recover(name)
        onLeft()
      }
    } catch {
      // Not any more, or it stays there until the next time.
    }
    waiting.delete(name)
  }
  const take = async () => {
    const its = turn
    for (const name of names) {
      if (own) break
      const isHeld = await lock.hold(name)
      if (turn !== its) return
      if (isHeld) own = name
    }
    if (!own) return
    const upTo = written
    const database = databaseOf(own)
    await empty(database, true)
    if (turn !== its) return
    slot = database
    moved = upTo
  }

  return {
    take() {
      if (!isUsed() && slot?.isOpen()) return Promise.resolve()
      return (taking ??= take()
        .catch(() => undefined)
        .finally(() => (taking = undefined)))
    },
    isUsed,
    async recover() {
      const its = turn
      for (const name of await others()) {
        if (its !== turn) return
        try {
          if (await lock.hold(name)) await recover(name)
          else if (its === turn) void waitFor(name)
        } catch {
          // It stays there, until the next time.
        }
      }
    },
    write(work) {
      if (!slot?.isOpen()) return undefined
      const isSure = !writing
      writing++
      written++
      return { isSure, done: commit(slot, work).finally(() => writing--) }
    },
    stopWaiting: lock.stopWaiting,
    async each(work) {
      let fault: unknown
      for (const name of own ? [own, ...(await others())] : await others()) {
        try {
          await databaseOf(name)?.transact('readwrite', work)
        } catch (its) {
          fault ??= its
        }
        if (name !== own) databaseOf(name)?.suspend()
      }
      if (fault) throw fault as Error
    },
    letGo() {
      turn++
      own = slot = undefined
      moved = written
      lock.letGo()
    },
  }
}
