import { element } from './element'

/** A list and the pane of what is chosen in it: side by side where there is room, else the pane lies over the list. */
export function split(list: HTMLElement, detail: HTMLElement): HTMLElement {
  return element('div', { class: 'split' }, list, detail)
}
