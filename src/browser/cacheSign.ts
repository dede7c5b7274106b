import { withLocalStorage } from './hideNote'

const KEY = 'pennon:definitions'

/**
 * Says at once whether definitions were ever stored on this origin. IndexedDB says so too, but a new one takes 50 to 300 ms to
 * open, which a first visit would wait for in vain.
 */
export const cacheSign = {
  /** Whether there are certainly no definitions. Where localStorage cannot be read, nothing is certain. */
  isMissing: () => withLocalStorage((storage) => storage.getItem(KEY)) === null,
  put() {
    withLocalStorage((storage) => storage.setItem(KEY, '1'))
  },
}
