/**
 * The notes that pages leave as they go. localStorage is the only store that keeps a small text which is written in the last moment of a
 * page, in Chromium, Firefox and WebKit alike. What is put into IndexedDB then is lost in WebKit.
 */
export interface HideNotes {
  /** @returns the lives of this environment that left a note */
  lives(): string[]
  /** @returns the text of a note; undefined where there is none */
  read(life: string): string | undefined
  /** @returns false when the browser refuses, and when the note would leave the site too little room */
  write(life: string, text: string): boolean
  remove(life: string): void
  /**
   * Writes down that pages of this environment record in the hour that begins at this time, epoch ms.
   *
   * @returns whether this page was the first to do so: then no other one has recorded anything in that hour
   */
  openHour(hour: number): boolean
  /** Writes down whether posts to this URL fail, for pages that are left before they could read that in the database. */
  markFailing(url: string, isFailing: boolean): void
  /** @returns since when posts to this URL fail, epoch ms; 0 while they do not */
  failingSince(url: string): number
  /** Removes everything that pages of this environment wrote here. */
  forget(): void
  /** Removes notes and marks of any environment that were not written at a recent time, epoch ms. */
  expire(isRecent: (time: number) => boolean): void
}

/** All keys begin with this. The number is the version of the format: a later version leaves these alone. */
const PREFIX = 'pennon:note:2:'
const HOUR_PREFIX = 'pennon:hour:2:'
const FAILING_PREFIX = 'pennon:failing:2:'
/** Longest note of a page that has time, as in `beforeunload`, UTF-16 units. 40 of 40 closed tabs kept it in Chromium, 12 of 12 in Firefox. */
export const MOST_NOTE = 512 * 1024
/** Longest note of a page's last moment, UTF-16 units. With 512 KiB, 50 of 52 closed tabs kept it in Chromium, 1 of 24 in Firefox. */
export const MOST_LAST_NOTE = 256 * 1024
/** Most that all notes of an origin take. Browsers give it 5 Mi units, and the site's own `setItem` must not begin to throw. */
const MOST_NOTES = 1024 * 1024

/** @param now the wall clock, epoch ms. localStorage is not touched before the first call of a member. */
export function createHideNotes(scope: string, now: () => number): HideNotes {
  const prefix = `${PREFIX}${scope}:`
  const hourKey = `${HOUR_PREFIX}${scope}`
  const keyOf = (life: string) => prefix + life
  const failingPrefix = `${FAILING_PREFIX}${scope}:`
  let openHour: number | undefined
  let isFirst = false

  const notes: HideNotes = {
    lives: () => keysOf(prefix).map((key) => key.slice(prefix.length)),
    read(life) {
      const stored = withLocalStorage((storage) => storage.getItem(keyOf(life)))
      return stored ? stored.slice(stored.indexOf(' ') + 1) : undefined
    },
    write: (life, text) =>
      !!withLocalStorage((storage) => {
        const stored = `${now()} ${text}`
        let all = stored.length
        for (const key of keysOf(PREFIX)) if (key !== keyOf(life)) all += storage.getItem(key)?.length ?? 0
        if (text.length > MOST_NOTE || all > MOST_NOTES) return false
        storage.setItem(keyOf(life), stored)
        return true
      }),
    remove(life) {
      withLocalStorage((storage) => storage.removeItem(keyOf(life)))
    },
    openHour(hour) {
      if (openHour === hour) return isFirst
      openHour = hour
      isFirst = withLocalStorage((storage) => storage.getItem(hourKey)) !== `${hour}`
      if (isFirst) withLocalStorage((storage) => storage.setItem(hourKey, `${hour}`))
      return isFirst
    },
    markFailing(url, isFailing) {
      const key = failingPrefix + url
      withLocalStorage((storage) => (isFailing ? storage.setItem(key, `${now()}`) : storage.removeItem(key)))
    },
    failingSince: (url) => Number(withLocalStorage((storage) => storage.getItem(failingPrefix + url)) ?? 0),
    forget() {
      withLocalStorage((storage) => {
        for (const key of [hourKey, ...keysOf(prefix), ...keysOf(failingPrefix)]) storage.removeItem(key)
      })
    },
    expire(isRecent) {
      withLocalStorage((storage) => {
        for (const key of [...keysOf(PREFIX), ...keysOf(FAILING_PREFIX)]) {
          // A text that does not begin with a time was not written by pennon.
          if (!isRecent(parseInt(storage.getItem(key)!))) storage.removeItem(key)
        }
      })
    },
  }
  return notes
}

function keysOf(prefix: string): string[] {
  return (
    withLocalStorage((storage) => {
      const keys: string[] = []
      for (let n = 0; n < storage.length; n++) {
        const key = storage.key(n)
        if (key?.startsWith(prefix)) keys.push(key)
      }
      return keys
    }) ?? []
  )
}

/** Does something with localStorage, whose very name may throw. @returns undefined where it is missing, forbidden or full */
export function withLocalStorage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage)
  } catch {
    return undefined
  }
}
