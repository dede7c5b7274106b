/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface CardsTableProps {
  id: string
  /** The name of the table. */
  name: string
  heads: readonly string[]
  /** Whether the table scrolls by itself, instead of growing with its rows. */
  isTall?: boolean
  /** Rows of the body. */
  children: ComponentChildren
  /** Content below the rows. */
  after?: ComponentChildren
}

/** A table whose rows are cards where it would be too wide. The roles say that it is a table there, too. */
export function CardsTable({ id, name, heads, isTall = false, children, after }: CardsTableProps) {
  return (
    <div class={isTall ? 'scroll tall' : 'scroll'} role="region" aria-label={`Table of ${name}`} tabIndex={0}>
      <table id={id} class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {heads.map((head) => (
              <th key={head} scope="col" role="columnheader">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">{children}</tbody>
      </table>
      {after}
    </div>
  )
}
