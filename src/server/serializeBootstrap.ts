import type { Bootstrap } from '../client/types/settings'

/** What could end a script, open a comment or break a line of code. */
const UNSAFE = /[<>&\u2028\u2029]/g

/**
 * A bootstrap as a text that may stand inside of a script element, whatever is written in flags, labels and configurations. It
 * is JSON and an expression of JavaScript.
 *
 * @returns `null`, which `bootstrap` takes as well, where there is none
 * @example
 * const tag = `<script type="application/json" id="flags">${serializeBootstrap(bootstrap)}</script>`
 */
export function serializeBootstrap(bootstrap: Bootstrap | null | undefined): string {
  const text = JSON.stringify(bootstrap ?? null)
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
