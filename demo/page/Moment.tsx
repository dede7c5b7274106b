/** @jsxImportSource preact */

/**
 * A moment in the reader's time zone, with the number it stands for in the title: to the minute, or of today to the millisecond.
 * Where a column is narrow, the milliseconds go to a line of their own.
 */
export function Moment({ at, to }: { at: number | null | undefined; to: 'minutes' | 'milliseconds' }) {
  const date = new Date(at ?? NaN)
  if (Number.isNaN(date.getTime())) return <NotAvailable />
  return (
    <time dateTime={date.toISOString()} title={String(at)}>
      {to === 'minutes' ? (
        minutes(date)
      ) : (
        <>
          {isToday(date) ? clock(date) : `${day(date)} ${clock(date)}`}
          <wbr />
          {`.${String(date.getMilliseconds()).padStart(3, '0')}`}
        </>
      )}
    </time>
  )
}

/** The text for a member that did not come along. The filters know it under this name. */
export const NotAvailable = () => <span class="quiet">not available</span>

const two = (n: number) => String(n).padStart(2, '0')
const day = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
const isToday = (date: Date) => day(date) === day(new Date())

/** A date and a time of day, to the minute. */
export const minutes = (date: Date) => `${day(date)} ${two(date.getHours())}:${two(date.getMinutes())}`

const clock = (date: Date) => [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
