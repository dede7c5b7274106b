import type { Bootstrap } from '../client/types/settings'

/** The characters that could end a script, open a comment or break a line of code. */
const UNSAFE = /[<>&\u2028\u2029]/g

/**
 * Makes a bootstrap a text that may stand inside of a script element, whatever is written in flags, labels and configurations. The
 * text is JSON, and also an expression of JavaScript.
 *
 * @returns the text `null`, which `bootstrap` takes as well, where there is no bootstrap
 * @example
 * const tag = `<script type="application/json" id="flags">${serializeBootstrap(bootstrap)}</script>`
 */
export function serializeBootstrap(bootstrap: Bootstrap | null | undefined): string {
  const text = JSON.stringify(bootstrap ?? null)
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
