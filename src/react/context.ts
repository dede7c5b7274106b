import { createContext, useContext } from 'react'
import type { Client } from '../client/types/client'

/** The members that a provider gives to the hooks below it. */
export interface Provided {
  /** The client that decides what is drawn, and records. */
  client: Client
  /** The client that decides as on the server: the first drawing in the browser, whenever it comes, must equal the server's. */
  serverClient: Client
  /**
   * A promise that resolves when decisions are possible, or will not be. It is undefined while there is no client to wait
   * for.
   */
  decidable: Promise<unknown> | undefined
  /** Adds a listener for whatever may change an answer, or the status. @returns its removal */
  subscribe: (listener: () => void) => () => void
}

export const Context = createContext<Provided | undefined>(undefined)

/** @throws Error where there is no provider above */
export function useProvided(): Provided {
  const provided = useContext(Context)
  if (!provided) throw new Error('pennon/react: no <PennonProvider> above')
  return provided
}
