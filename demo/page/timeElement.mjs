// @ts-check
import { element } from './element.mjs'

/**
 * A moment in the reader's time zone, with the number it stands for in the title: to the minute, or of today to the
 * millisecond.
 *
 * @param {number | null | undefined} epochMs
 * @param {'minutes' | 'milliseconds'} detail
 */
export function timeElement(epochMs, detail) {
  const date = new Date(epochMs ?? NaN)
  if (Number.isNaN(date.getTime())) return element('span', { class: 'quiet' }, 'not available')
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`
  const rest = `:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
  const isToday = date.toDateString() === new Date().toDateString()
  const exact = `${isToday ? '' : `${day} `}${minute}${rest}`
  const text = detail === 'milliseconds' ? exact : `${day} ${minute}`
  return element('time', { datetime: date.toISOString(), title: String(epochMs) }, text)
}
