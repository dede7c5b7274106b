// @ts-check

/**
 * Builds an element. Text goes in as text nodes, never as markup: keys, flag names and labels come from anywhere.
 *
 * @param {string} name
 * @param {Record<string, string | undefined>} attributes
 * @param {...(Node | string)} children
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value)
  }
  made.append(...children)
  return made
}

/**
 * The element of this page with that id.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  return /** @type {T} */ (document.getElementById(id))
}
