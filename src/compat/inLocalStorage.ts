import type { SplitIO } from './types'

/**
 * Keeps definitions, memberships and what waits for delivery from page to page, for `storage` in the settings of
 * `SplitFactory`. It has its name from the official SDK, but keeps them in IndexedDB.
 */
export function InLocalStorage(
  options?: SplitIO.InLocalStorageOptions,
): SplitIO.StorageSyncFactory & SplitIO.InLocalStorageOptions {
  return Object.assign(() => undefined, options, { type: 'LOCALSTORAGE' as const })
}
