/**
 * Gives the lines that a page's client logged, the page's `logged`, once pennon has the texts that it may be loading: who asked the
 * browser for a file first is answered first. A text, so that no tool of the tests changes the import.
 */
export const LOGGED = `import('/dist/texts.js').catch(() => undefined).then(() => logged)`
