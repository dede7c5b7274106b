// @ts-check
import { element } from './element.mjs'

/**
 * A moment in the reader's time zone, sortable by eye; the number it stands for is in the title.
 *
 * @param {number | null | undefined} epochMs
 * @param {'date' | 'milliseconds'} detail
 */
export function timeElement(epochMs, detail) {
  const date = new Date(epochMs ?? NaN)
  if (Number.isNaN(date.getTime())) return element('span', { class: 'quiet' }, 'not available')
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`
  const rest = `:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
  const text = `${day} ${minute}${detail === 'milliseconds' ? rest : ''}`
  return element('time', { datetime: date.toISOString(), title: String(epochMs) }, text)
}
