import { signal } from '@preact/signals'

/** How many rows are shown: more than anyone reads cost more than they tell, because each frame lays out the whole table. */
const maxRows = 100
/** How many rows may come in at once without a long task. */
const rowsPerFrame = 8

/** The rows of a live tail, newest first. Rows that arrive together come in a few a frame, and none while it is paused. */
export function createTailRows<Row>() {
  const shown = signal<readonly Row[]>([])
  const isPaused = signal(false)
  /** How many came while it was paused, those that will not be shown included. */
  const held = signal(0)
  /** The rows that have not come in yet, oldest first. */
  let waiting: Row[] = []
  let isScheduled = false

  function show() {
    isScheduled = false
    if (isPaused.value) return
    const rows = waiting.splice(0, rowsPerFrame).reverse()
    if (rows.length > 0) shown.value = [...rows, ...shown.value].slice(0, maxRows)
    if (waiting.length > 0) schedule()
  }

  function schedule() {
    if (isScheduled || isPaused.value) return
    isScheduled = true
    requestAnimationFrame(show)
  }

  return {
    shown,
    isPaused,
    held,

    /** @param rows oldest first */
    add(rows: readonly Row[]) {
      waiting = [...waiting, ...rows].slice(-maxRows)
      if (isPaused.value) held.value += rows.length
      schedule()
    },

    clear() {
      waiting = []
      held.value = 0
      shown.value = []
    },

    /** Pauses the tail, or shows what came meanwhile. */
    togglePause() {
      isPaused.value = !isPaused.value
      held.value = 0
      schedule()
    },
  }
}

export type TailRows<Row> = ReturnType<typeof createTailRows<Row>>
