import { element, type Children } from './element'

export interface Column<Row> {
  name: string
  /** The class of the cell, for the style sheet. */
  className: string
  cell(row: Row): Children
}

interface GridParts<Row> {
  name: string
  className: string
  columns: readonly Column<Row>[]
  idOf(row: Row): string
  /** A text that changes when the cells of the row do. */
  stampOf(row: Row): string
  onOpen(row: Row): void
  /** New rows come in at the top, and what is being read stays where it is on the screen. */
  isTail?: boolean
}

/** A table that draws only the rows in sight, so that ten thousand rows cost no more than ten. */
export interface Grid<Row> {
  readonly node: HTMLElement
  /** @param empty what to say when there are no rows */
  show(rows: readonly Row[], empty: string): void
  /** Marks the row that is shown in detail. */
  select(id: string | undefined): void
  /** Focuses the row that was active last. */
  focus(): void
}

/** The heights that the style sheet gives to a row. */
const ROW_PX = 32
const NARROW_ROW_PX = 56
/** Rows that are rendered above and below those in sight. */
const SPARE_ROWS = 4

export function createGrid<Row>(parts: GridParts<Row>): Grid<Row> {
  const { columns, idOf, stampOf, onOpen, isTail } = parts
  let rows: readonly Row[] = []
  let activeId: string | undefined
  let selectedId: string | undefined
  const shown = new Map<string, { node: HTMLElement; stamp: string }>()

  const body = element('div', { class: 'body', role: 'rowgroup' })
  const head = element(
    'div',
    { class: 'head', role: 'row', 'aria-rowindex': 1 },
    columns.map(({ name, className }) => element('span', { role: 'columnheader', class: className }, name)),
  )
  const table = element(
    'div',
    { class: 'table', role: 'grid', 'aria-label': parts.name, on: { keydown: move } },
    element('div', { role: 'rowgroup', class: 'heads' }, head),
    body,
  )
  const note = element('p', { class: 'empty' })
  // Firefox makes whatever scrolls a stop of the Tab key. Here the rows, which scroll by keyboard, are the one stop.
  const node = element(
    'div',
    { class: `grid ${parts.className}`, tabindex: '-1', on: { scroll: () => render() } },
    table,
    note,
  )
  const rowPx = () => (node.closest('[data-narrow]') ? NARROW_ROW_PX : ROW_PX)

  const render = () => {
    const px = rowPx()
    const activeIndex = Math.max(
      0,
      rows.findIndex((row) => idOf(row) === activeId),
    )
    const first = Math.max(0, Math.floor(node.scrollTop / px) - SPARE_ROWS)
    const last = Math.min(rows.length, Math.ceil((node.scrollTop + node.clientHeight) / px) + SPARE_ROWS)
    const indexes = new Set(rows.length ? [activeIndex] : [])
    for (let index = first; index < last; index++) indexes.add(index)

    body.style.height = `${rows.length * px}px`
    table.setAttribute('aria-rowcount', String(rows.length + 1))
    const ids = new Map([...indexes].sort((a, b) => a - b).map((index) => [idOf(rows[index] as Row), index]))
    const root = node.getRootNode() as ShadowRoot
    const hadFocus = body.contains(root.activeElement)
    for (const [id, { node: old }] of shown) {
      if (ids.has(id)) continue
      shown.delete(id)
      old.remove()
    }
    let place = body.firstElementChild
    for (const [id, index] of ids) {
      const row = nodeOf(rows[index] as Row, id)
      row.style.transform = `translateY(${index * px}px)`
      row.setAttribute('aria-rowindex', String(index + 2))
      row.setAttribute('aria-selected', String(id === selectedId))
      row.tabIndex = index === activeIndex ? 0 : -1
      // A row that stays is not moved: moving would cost it the focus.
      if (row === place) place = place.nextElementSibling
      else body.insertBefore(row, place)
    }
    if (hadFocus && !body.contains(root.activeElement)) focusActive()
  }
  const nodeOf = (row: Row, id: string): HTMLElement => {
    const stamp = stampOf(row)
    let drawn = shown.get(id)
    if (!drawn) {
      const made = element('div', { class: 'row', role: 'row', 'data-id': id, on: { click: () => open(id) } })
      made.addEventListener('focus', () => (activeId = id))
      drawn = { node: made, stamp: '' }
      shown.set(id, drawn)
    }
    if (drawn.stamp !== stamp || !drawn.node.firstChild) {
      drawn.stamp = stamp
      drawn.node.replaceChildren(
        ...columns.map(({ className, cell }) => element('span', { role: 'gridcell', class: className }, cell(row))),
      )
    }
    return drawn.node
  }
  const open = (id: string) => {
    const row = rows.find((each) => idOf(each) === id)
    if (row === undefined) return
    activeId = id
    onOpen(row)
  }
  const focusActive = () => body.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true })

  function move(event: KeyboardEvent) {
    const at = rows.findIndex((row) => idOf(row) === activeId)
    const page = Math.max(1, Math.floor(node.clientHeight / rowPx()) - 2)
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }
    const to = steps[event.key]
    if (event.key === 'Enter' || event.key === ' ') {
      if (activeId !== undefined) open(activeId)
    } else if (to === undefined || !rows.length) return
    else {
      const index = Math.min(Math.max(to, 0), rows.length - 1)
      activeId = idOf(rows[index] as Row)
      const top = index * rowPx()
      const height = node.clientHeight - head.offsetHeight
      if (top < node.scrollTop) node.scrollTop = top
      else if (top + rowPx() > node.scrollTop + height) node.scrollTop = top + rowPx() - height
      render()
      focusActive()
    }
    event.preventDefault()
  }

  return {
    node,
    show(next, empty) {
      const top = rows[0]
      if (isTail && node.scrollTop > 0 && top !== undefined) {
        const added = next.findIndex((row) => idOf(row) === idOf(top))
        rows = next
        // The body grows first, or there would be nowhere to scroll to.
        body.style.height = `${rows.length * rowPx()}px`
        if (added > 0) node.scrollTop += added * rowPx()
      }
      rows = next
      note.textContent = rows.length ? '' : empty
      table.hidden = !rows.length
      render()
    },
    select(id) {
      selectedId = id
      render()
    },
    focus() {
      render()
      focusActive()
    },
  }
}
