/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import { amount, counted } from './amount'
import { request } from './request'

const progressMs = 200

const format = signal('csv')
const status = signal('')
const progress = signal<{ rows: number; total: number } | undefined>(undefined)
const bytes = signal(0)
const running = signal<AbortController | undefined>(undefined)

/** The export: streamed by the server, with the rows so far beside it, and saved as a file when it is whole. */
export function ExportControls({ criteria }: { criteria: () => URLSearchParams }) {
  const { value: isRunning } = running
  const { value: now } = progress
  return (
    <>
      <div class="export">
        <label for="format" class="hidden">
          Format of the export
        </label>
        <select id="format" value={format} onChange={({ currentTarget }) => (format.value = currentTarget.value)}>
          <option value="csv">CSV</option>
          <option value="jsonl">JSON lines</option>
          <option value="parquet">Parquet</option>
        </select>
        <button
          type="button"
          id="export"
          // The button is not disabled: that would cost it the focus.
          aria-disabled={isRunning !== undefined}
          onClick={() => {
            if (!isRunning) void run(criteria())
          }}
        >
          Export
        </button>
        <button type="button" id="cancel" hidden={!isRunning} onClick={() => isRunning?.abort()}>
          Cancel
        </button>
      </div>
      <div id="progress" class="progress" hidden={!isRunning}>
        <progress id="done" max={1} value={now ? now.rows / now.total : undefined} aria-label="Rows exported" />
        <span id="done-text">{now && `${amount(now.rows)} of ${amount(now.total)} rows, ${size(bytes.value)}`}</span>
      </div>
      <p class="status" id="status" role="status">
        {status}
      </p>
    </>
  )
}

async function run(criteria: URLSearchParams) {
  const controller = (running.value = new AbortController())
  const id = crypto.randomUUID()
  const query = new URLSearchParams(criteria)
  query.set('format', format.value)
  query.set('id', id)
  status.value = ''
  bytes.value = 0
  const timer = setInterval(() => void look(id), progressMs)
  try {
    const response = await fetch(`/qa/export?${query}`, { signal: controller.signal })
    if (!response.ok) throw new Error(((await response.json()) as { message: string }).message)
    const rows = Number(response.headers.get('x-rows'))
    if (rows > 0) progress.value ??= { rows: 0, total: rows }
    const file = await countBytes(response).blob()
    save(file, `impressions.${format.value}`)
    status.value = `Exported ${counted(rows, 'impression')}, ${size(file.size)}.`
  } catch (error) {
    status.value = controller.signal.aborted
      ? 'The export was cancelled.'
      : `The export failed: ${(error as Error).message}.`
  }
  clearInterval(timer)
  // The button Cancel is hidden from now on.
  if (document.activeElement?.id === 'cancel') document.getElementById('export')?.focus()
  running.value = undefined
  progress.value = undefined
}

/** The same response, but its bytes are counted as they come. */
function countBytes({ body }: Response): Response {
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes.value += chunk.byteLength
      controller.enqueue(chunk)
    },
  })
  return new Response(body?.pipeThrough(count))
}

async function look(id: string) {
  const now = await request<{ rows: number; total: number }>(`/qa/export-progress?id=${id}`).catch(() => undefined)
  if (!running.value || !now) return
  if (now.total > 0) progress.value = now
  // The server forgets an export when the last row of it is on its way.
  else if (progress.value) progress.value = { ...progress.value, rows: progress.value.total }
}

function save(file: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function size(of: number) {
  return of < 1e6 ? `${(of / 1e3).toFixed(1)} kB` : `${(of / 1e6).toFixed(1)} MB`
}
