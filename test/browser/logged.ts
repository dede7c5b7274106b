/** Resolves when the page has the texts of log lines, or cannot have them. A text of code, so that no tool of the tests changes the import. */
const TEXTS = `import('/dist/texts.js').catch(() => undefined)`

/**
 * Waits until pennon has the texts that it may be loading. Who asks while a file is on its way may be answered before those who asked
 * earlier; who asks again then is answered after all of them. An async function, because the promises of zone.js are none for Firefox's driver.
 */
export const SPOKEN = `(async () => { await ${TEXTS}; await ${TEXTS} })()`

/** Gives the lines that a page's client logged: the page's `logged`. */
export const LOGGED = `(async () => { await ${SPOKEN}; return logged })()`
