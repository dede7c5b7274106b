/** Does something with localStorage. @returns undefined where it is missing, forbidden or full: even naming it may throw */
export function withLocalStorage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage)
  } catch {
    return undefined
  }
}
