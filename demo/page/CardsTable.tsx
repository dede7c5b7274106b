/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface CardsTableProps {
  id: string
  /** What it is a table of. */
  name: string
  heads: readonly string[]
  /** Whether it scrolls where it stands, however many rows it has. */
  isTall?: boolean
  /** Rows of the body. */
  children: ComponentChildren
  /** What stands below the rows. */
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
