/** One of the SDKs, as the page of the bench sees it. */
export interface Contender {
  start(options: StartOptions): ContenderClient
  /** Whether the flags are stored for the next visit. */
  isStored(): boolean | Promise<boolean>
}

/** Where a contender finds its service, and for whom it asks. */
export interface StartOptions {
  apiUrl: string
  pageUrl: string
  key: string
  /** Starts without a cache, if the contender has that choice. */
  isInMemory: boolean
}

export interface ContenderClient {
  /** Whether it is ready: `false` after a time-out of its own. */
  whenReadyFromCache(): Promise<boolean>
  whenReady(): Promise<boolean>
  ask(flag: string): string
}
