import { element } from './element'

/** The pane for what is chosen in a list. It is empty and hidden until then. */
export function createDetail(name: string, onClose: () => void) {
  const title = element('h3', { tabindex: -1 })
  const body = element('div', { class: 'detail-body' })
  const node = element(
    'section',
    { class: 'detail', 'aria-label': name, hidden: true },
    element(
      'div',
      { class: 'detail-head' },
      title,
      element('button', { type: 'button', class: 'icon', 'aria-label': 'Close', on: { click: onClose } }, '✕'),
    ),
    body,
  )

  return {
    node,
    body,
    open(text: string) {
      if (title.textContent !== text || node.hidden) body.scrollTop = 0
      title.textContent = text
      node.hidden = false
    },
    hide() {
      node.hidden = true
    },
    focus: () => title.focus(),
  }
}
