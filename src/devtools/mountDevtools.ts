import { NAME, registerDevtools, type DevtoolsElement } from './registerDevtools'
import type { AnyFlags } from '../client/types/flags'
import type { Client } from '../client/types/client'

/** The place of the panel, and its form. */
export interface DevtoolsOptions {
  /** The node that the panel is appended to. @default document.body */
  parent?: Node
  /** `true`: the panel is open from the start. @default false */
  open?: boolean
  /** `true`: the panel is part of the page, and always open, instead of a dock with a button. @default false */
  inline?: boolean
  /** `true`: impressions and deliveries are recorded while it is closed, too. @default false */
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
  // The names and treatments of `Flags` exist for the compiler only.
  made.client = client as unknown as Client
  parent.appendChild(made)
  return made
}
