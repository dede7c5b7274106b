import type { SplitIO } from './types'

/**
 * Keeps definitions, memberships and what waits for delivery from page to page, for `storage` in the settings of
 * `SplitFactory`. Named as in the official SDK; it is IndexedDB that keeps them.
 */
export function InLocalStorage(
  options: SplitIO.InLocalStorageOptions = {},
): SplitIO.StorageSyncFactory & SplitIO.InLocalStorageOptions {
  return Object.assign(() => undefined, { ...options, type: 'LOCALSTORAGE' as const })
}
