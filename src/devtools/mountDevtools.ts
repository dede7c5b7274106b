import { NAME, registerDevtools, type DevtoolsElement } from './registerDevtools'
import type { AnyFlags } from '../client/types/flags'
import type { Client } from '../client/types/client'

/** Where the panel stands, and how. */
export interface DevtoolsOptions {
  /** What it is appended to. @default document.body */
  parent?: Node
  /** Open from the start. @default false */
  open?: boolean
  /** Part of the page instead of a dock with a button, always open. @default false */
  inline?: boolean
  /** Impressions and deliveries are written down while it is closed too. @default false */
  record?: boolean
}

/**
 * Shows the QA panel for a client; another client takes its place by `element.client = …`, and `element.remove()` ends it.
 *
 * @returns the element
 * @throws where there is no document
 * @example
 * const { mountDevtools } = await import('pennon/devtools')
 * mountDevtools(client)
 */
export function mountDevtools<Flags = AnyFlags>(client: Client<Flags>, options: DevtoolsOptions = {}): DevtoolsElement {
  registerDevtools()
  const { parent = document.body } = options
  const made = document.createElement(NAME) as DevtoolsElement
  for (const name of ['open', 'inline', 'record'] as const) made.toggleAttribute(name, !!options[name])
  // What flags there are is for the compiler alone.
  made.client = client as unknown as Client
  parent.appendChild(made)
  return made
}
