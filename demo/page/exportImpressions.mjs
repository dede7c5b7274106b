// @ts-check
import { byId } from './element.mjs'
import { request } from './request.mjs'

const progressMs = 200

/**
 * The export: streamed by the server, with the rows so far beside it, and saved as a file when it is whole.
 *
 * @param {() => URLSearchParams} criteria
 */
export function exportImpressions(criteria) {
  const start = /** @type {HTMLButtonElement} */ (byId('export'))
  const cancel = /** @type {HTMLButtonElement} */ (byId('cancel'))
  const format = /** @type {HTMLSelectElement} */ (byId('format'))
  const bar = /** @type {HTMLProgressElement} */ (byId('done'))
  /** @type {AbortController | undefined} */
  let running

  cancel.addEventListener('click', () => running?.abort())
  start.addEventListener('click', async () => {
    const controller = (running = new AbortController())
    const id = crypto.randomUUID()
    const query = new URLSearchParams(criteria())
    query.set('format', format.value)
    query.set('id', id)
    isRunning(true)
    const timer = setInterval(async () => {
      const { rows, total } = await request(`/qa/export-progress?id=${id}`).catch(() => ({}))
      if (total > 0) showProgress(rows, total)
    }, progressMs)
    try {
      const response = await fetch(`/qa/export?${query}`, { signal: controller.signal })
      if (!response.ok) throw new Error((await response.json()).message)
      const file = await response.blob()
      save(file, `impressions.${format.value}`)
      const rows = response.headers.get('x-rows')
      say(`Exported ${rows} ${rows === '1' ? 'impression' : 'impressions'}, ${size(file.size)}.`)
    } catch (error) {
      say(controller.signal.aborted ? 'The export was cancelled.' : `${/** @type {Error} */ (error).message}.`)
    }
    clearInterval(timer)
    isRunning(false)
  })

  /** @param {boolean} now */
  function isRunning(now) {
    start.disabled = now
    cancel.hidden = !now
    byId('progress').hidden = !now
    if (now) {
      bar.removeAttribute('value')
      byId('done-text').textContent = ''
      say('')
    }
  }

  /**
   * @param {number} rows
   * @param {number} total
   */
  function showProgress(rows, total) {
    bar.value = rows / total
    byId('done-text').textContent = `${rows} of ${total}`
  }
}

/**
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** @param {string} text */
function say(text) {
  byId('status').textContent = text
}

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
