/**
 * The notes that pages leave as they go. Of all stores, localStorage alone keeps a small text that is written in the last
 * moment of a page in Chromium, Firefox and WebKit; what is put into IndexedDB then is lost in WebKit.
 */
export interface HideNotes {
  /** The lives of this environment that left a note. */
  lives(): string[]
  read(life: string): string | undefined
  /** @returns false where the browser refuses, or where the note would leave the site too little room */
  write(life: string, text: string): boolean
  remove(life: string): void
  /**
   * Says that this environment records in this hour, epoch ms.
   *
   * @returns whether this page was the first to say so: then no other one has recorded anything in it
   */
  openHour(hour: number): boolean
  /** Says whether posts to this URL fail, for pages that are left before they have read so in the database. */
  markFailing(url: string, isFailing: boolean): void
  /** @returns since when posts to this URL fail, epoch ms; 0 while they do not */
  failingSince(url: string): number
  /** Removes all that pages of this environment left. */
  clear(): void
  /** Removes what any environment noted before this time, epoch ms. */
  expire(before: number): void
}

/** The number is the version of the format: a later one does not touch these. */
const PREFIX = 'pennon:note:2:'
const HOUR_PREFIX = 'pennon:hour:2:'
const FAILING_PREFIX = 'pennon:failing:2:'
/** Longest note of a page that has time, as in `beforeunload`, UTF-16 units. Tabs that were closed kept 40 of 40 in Chromium, 12 of 12 in Firefox. */
export const MOST_NOTE = 512 * 1024
/** Longest note of a page's last moment, UTF-16 units. Of 512 KiB, tabs that were closed kept 50 of 52 in Chromium, 1 of 24 in Firefox. */
export const MOST_LAST_NOTE = 256 * 1024
/** All notes of an origin together: browsers give it 5 Mi units, and the site's own `setItem` must not begin to throw. */
const MOST_NOTES = 1024 * 1024

/** @param now the wall clock, epoch ms. Nothing is touched before the first call of a member. */
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
    clear() {
      withLocalStorage((storage) => {
        for (const key of [hourKey, ...keysOf(prefix), ...keysOf(failingPrefix)]) storage.removeItem(key)
      })
    },
    expire(before) {
      withLocalStorage((storage) => {
        for (const key of [...keysOf(PREFIX), ...keysOf(FAILING_PREFIX)]) {
          // Anything that is no time is none of ours.
          if (!(parseInt(storage.getItem(key) ?? '', 10) >= before)) storage.removeItem(key)
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

/** Does something with localStorage. @returns undefined where it is missing, forbidden or full: even naming it may throw */
export function withLocalStorage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage)
  } catch {
    return undefined
  }
}
