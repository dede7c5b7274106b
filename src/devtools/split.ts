import { element } from './element'

/** A list and what is chosen of it: side by side where there is room, else one over the other. */
export function split(list: HTMLElement, detail: HTMLElement): HTMLElement {
  return element('div', { class: 'split' }, list, detail)
}
