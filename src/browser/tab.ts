/** The address of this tab, and a storage that ends with it. Both are empty where there is no tab. */
export interface Tab {
  /** A parameter of the address; null when it has none of the name. */
  parameter(name: string): string | null
  /** A text of the tab's storage; null when there is none, or the storage cannot be used. */
  read(name: string): string | null
  /** Puts a text into the tab's storage, if that can be used. */
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
      // There is no such storage, it may not be used, or it is full: the text is lost with this page.
    }
  },
}
