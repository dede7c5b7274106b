import { now } from '../browser/clock'
import { ago } from './ago'
import { element } from './element'

const MOST_MS = 8.64e15

/** A moment as the time of day, the date, or how long ago it was; the rest is in the tooltip. A definition may give a time that is none. */
export function timeElement(time: number, shown: 'time' | 'date' | 'ago'): HTMLElement {
  const isMoment = Math.abs(time) <= MOST_MS && time > 0
  if (!isMoment) return element('span', {}, String(time))
  const moment = new Date(time)
  const iso = new Date(time - moment.getTimezoneOffset() * 60_000).toISOString()
  const texts = {
    time: iso.slice(11, 23),
    date: iso.slice(0, 16).replace('T', ' '),
    ago: `${ago(now() - time)} ago`,
  }
  return element(
    'time',
    { datetime: moment.toISOString(), title: `${moment.toLocaleString()} (${time})` },
    texts[shown],
  )
}
