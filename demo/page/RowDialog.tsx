/** @jsxImportSource preact */
import { useEffect, useRef } from 'preact/hooks'
import type { StoredEvent, StoredImpression } from '../server/types'
import { pageAddress } from './environment'

/** A dialog with a row as it is stored and, for an impression, a link to the explanation of its decision. */
export function RowDialog({ row, onClose }: { row: StoredImpression | StoredEvent; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const text = JSON.stringify(withProperties(row), undefined, 2)
  const isImpression = 'flag' in row
  return (
    <dialog ref={dialog} id="row" aria-labelledby="row-title" onClose={onClose}>
      <h2 id="row-title">{isImpression ? `Impression ${row.id}` : `Event ${row.id}`}</h2>
      <pre tabIndex={0}>{text}</pre>
      <div class="buttons">
        {isImpression && (
          <a class="button main" href={explanationOf(row)}>
            Explain this decision
          </a>
        )}
        <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>
          Copy
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  )
}

/** Properties are stored as the text of their JSON. */
function withProperties(row: StoredImpression | StoredEvent): object {
  if (row.properties === null) return row
  try {
    return { ...row, properties: JSON.parse(row.properties) as unknown }
  } catch {
    return row
  }
}

/** The address of the page that decides, for the key of an impression and with the flag's explanation open. */
function explanationOf({ flag, key, bucketingKey, changeNumber, environmentName }: StoredImpression): string {
  return pageAddress('/', {
    environment: environmentName,
    key,
    ...(bucketingKey !== null && { bucketingKey }),
    flag,
    ...(changeNumber !== null && { version: String(changeNumber) }),
  })
}
