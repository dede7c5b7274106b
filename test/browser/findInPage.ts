/**
 * Runs in the page, as text: so it can use nothing from around it. Finds elements by puppeteer's selectors: CSS, ` >>> ` through shadow
 * roots, `::-p-aria([name="…"][role="…"])` and `::-p-xpath(…)`.
 *
 * @returns in order of the document
 */
export function findInPage(within: Node, selector: string): Element[] {
  type Root = Document | Element | ShadowRoot

  const isShown = (element: Element) => element.getClientRects().length > 0
  const textOf = (elements: Iterable<Element>) => [...elements].map(({ textContent }) => textContent).join(' ')
  const nameOf = (element: Element): string => {
    const root = element.getRootNode() as Document | ShadowRoot
    const by = element.getAttribute('aria-labelledby')?.split(/\s+/)
    const labels = [...((element as HTMLInputElement).labels ?? [])]
    const name = by?.length
      ? textOf(by.flatMap((id) => root.getElementById(id) ?? []))
      : (element.getAttribute('aria-label') ??
        (labels.length ? textOf(labels) : element.textContent || element.getAttribute('title') || ''))
    return name.replace(/\s+/g, ' ').trim()
  }
  const roleOf = (element: Element): string =>
    element.getAttribute('role') ??
    { A: 'link', BUTTON: 'button', OPTION: 'option', SELECT: 'combobox', TEXTAREA: 'textbox' }[element.tagName] ??
    ''
  /** Through every shadow root. */
  const everything = (root: Root): Element[] =>
    [...root.querySelectorAll('*')].flatMap((element) => [
      element,
      ...(element.shadowRoot ? everything(element.shadowRoot) : []),
    ])
  const byRole = (root: Root, pattern: string) => {
    const name = /\[name="((?:[^"\\]|\\.)*)"\]/.exec(pattern)?.[1]?.replace(/\\(.)/g, '$1')
    const role = /\[role="([^"]*)"\]/.exec(pattern)?.[1]
    // Nobody reaches what is behind an open dialog.
    const reach = document.querySelector(':modal') ?? document
    const named = everything(root).filter(
      (element) => isShown(element) && nameOf(element) === name && (reach === document || reach.contains(element)),
    )
    if (role) return named.filter((element) => roleOf(element) === role)
    // What can be used comes before what merely contains the same text.
    const usable = named.filter((element) => roleOf(element) || element.matches('input, summary, [tabindex]'))
    return usable.length ? usable : named
  }
  const byPath = (root: Root, path: string) => {
    const found = document.evaluate(path, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE)
    return Array.from({ length: found.snapshotLength }, (_, n) => found.snapshotItem(n) as Element)
  }

  let roots = [within as Root]
  for (const [step, part] of selector.split(' >>> ').entries()) {
    const [, css = '', kind, argument = ''] = /^(.*?)(?:::-p-(aria|xpath)\((.*)\))?$/s.exec(part.trim()) ?? []
    const from = step ? roots.flatMap((root) => ('shadowRoot' in root && root.shadowRoot) || root) : roots
    const scopes = css.trim() ? from.flatMap((root) => [...root.querySelectorAll(css)]) : from
    if (kind === 'aria') roots = scopes.flatMap((root) => byRole(root, argument))
    else if (kind === 'xpath') roots = scopes.flatMap((root) => byPath(root, argument))
    else roots = scopes
  }
  return roots as Element[]
}
