/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface ChartTableProps {
  id: string
  /** The name of the table. */
  name: string
  heads: readonly string[]
  /** How many of the last columns are numbers. */
  numbers: number
  /** The text in place of rows, when there are none. */
  empty?: string | false
  /** Rows of the body. */
  children: ComponentChildren
}

/** The table beside a chart, with the same in numbers. */
export function ChartTable({ id, name, heads, numbers, empty, children }: ChartTableProps) {
  return (
    <div class="scroll short" role="region" aria-label={`Table of ${name}`} tabIndex={0}>
      <table id={id}>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={head} scope="col" class={at < heads.length - numbers ? undefined : 'number'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {children}
          {empty && (
            <tr>
              <td colSpan={heads.length} class="quiet">
                {empty}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}
