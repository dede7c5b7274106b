/** What belongs to this tab alone: its address, and a storage that ends with it. Empty where there is no tab. */
export interface Tab {
  /** A parameter of the address; null without it. */
  parameter(name: string): string | null
  read(name: string): string | null
  write(name: string, text: string): void
}

export const tab: Tab = {
  parameter: (name) => (typeof location === 'undefined' ? null : new URLSearchParams(location.search).get(name)),
  read(name) {
    try {
      return sessionStorage.getItem(name)
    } catch {
      // There is no such storage, or it may not be used.
      return null
    }
  },
  write(name, text) {
    try {
      sessionStorage.setItem(name, text)
    } catch {
      // There is no such storage, it may not be used, or it is full: what was to be kept holds for this page.
    }
  },
}
