import { createContext, useContext } from 'react'
import type { Client } from '../client/types/client'

/** What a provider gives to the hooks below it. */
export interface Provided {
  /** Decides for what is drawn, and records. */
  client: Client
  /** Decided what the server drew: the first drawing in the browser, whenever it comes, must be equal to that. */
  serverClient: Client
  /** Resolves when decisions are possible, or will not be. Undefined: there is nothing yet that could be waited for. */
  decidable: Promise<unknown> | undefined
  /** Adds a listener for whatever may change an answer, or the status. @returns its removal */
  subscribe: (listener: () => void) => () => void
}

export const Context = createContext<Provided | undefined>(undefined)

/** @throws Error where there is no provider above: nobody says whose treatments are asked for */
export function useProvided(): Provided {
  const provided = useContext(Context)
  if (!provided) throw new Error('pennon/react: no <PennonProvider> above')
  return provided
}
