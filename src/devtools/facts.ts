import { element, type Children } from './element'

/** Names and values; what has no value is left out. */
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
