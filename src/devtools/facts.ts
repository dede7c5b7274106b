import { element, type Children } from './element'

/** A list of names and values. A name without a value is left out. */
export function facts(entries: readonly (readonly [string, Children])[]): HTMLElement {
  return element(
    'dl',
    {},
    entries.map(
      ([name, value]) =>
        value !== undefined && value !== false && value !== '' && [element('dt', {}, name), element('dd', {}, value)],
    ),
  )
}
