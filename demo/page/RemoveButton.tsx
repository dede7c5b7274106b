/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface RemoveButtonProps {
  /** The accessible name, where the text of the button is not enough. */
  label?: string
  onRemove: () => void
  children: ComponentChildren
}

/** A button that removes its row. */
export function RemoveButton({ label, onRemove, children }: RemoveButtonProps) {
  return (
    <button
      type="button"
      class="small remove"
      aria-label={label}
      onClick={({ currentTarget }) => {
        // A browser forgets where the focus was when its element goes, and the next Tab would begin at the top of the page.
        neighbourOf(currentTarget)?.focus()
        onRemove()
      }}
    >
      {children}
    </button>
  )
}

/** The same button of the next row or of the one before; where there is none, the button that adds a row, after the list. */
function neighbourOf(button: HTMLElement): HTMLElement | null | undefined {
  const row = button.closest('.condition, li')
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling
  return (
    neighbour?.querySelector<HTMLElement>('.remove') ??
    row?.parentElement?.nextElementSibling?.querySelector<HTMLElement>('button, select')
  )
}
