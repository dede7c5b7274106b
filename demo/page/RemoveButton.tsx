/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface RemoveButtonProps {
  /** Its name, where what it shows is not enough. */
  label?: string
  onRemove: () => void
  children: ComponentChildren
}

/** Takes away the row in which it stands. */
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

/** The same button of the next row or of the one before, else what adds a row: it stands behind the list. */
function neighbourOf(button: HTMLElement): HTMLElement | null | undefined {
  const row = button.closest('.condition, li')
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling
  return (
    neighbour?.querySelector<HTMLElement>('.remove') ??
    row?.parentElement?.nextElementSibling?.querySelector<HTMLElement>('button, select')
  )
}
