/** @jsxImportSource preact */
import { counted } from './amount'
import type { TailRows } from './createTailRows'

/** A button that makes the rows stand still, and says how many came meanwhile. */
export function PauseButton<Row>({ id, rows }: { id: string; rows: TailRows<Row> }) {
  const { value: isPaused } = rows.isPaused
  const { value: held } = rows.held
  return (
    <>
      {held > 0 && <span class="quiet held">{counted(held, 'new row waits', 'new rows wait')}</span>}
      <button type="button" id={id} aria-pressed={isPaused} onClick={rows.togglePause}>
        Pause
      </button>
    </>
  )
}
