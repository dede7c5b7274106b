// @ts-check

/** The panel of `pennon/devtools`, at the end of this page. Whoever has a client gives it to the element. */
export async function createDevtools() {
  /** Built by `npm run build`. @type {string} */
  const built = '/dist/devtools.js'
  const { registerDevtools } = await import(built)
  registerDevtools()
  const element = document.createElement('pennon-devtools')
  // What the page asked before the panel was opened is of interest, too.
  element.toggleAttribute('record', true)
  document.body.append(element)
  return element
}
