/** @jsxImportSource preact */
import { useSignal } from '@preact/signals'
import type { FlagForm } from '../server/flagForm'
import { changeSummary } from './changeSummary'
import type { Flags } from './createFlags'
import { changeOf, draftOf } from './flagDraft'
import { Moment } from './Moment'

/** Versions that were served since the server started, and the way back to each. */
export function FlagHistory({ flag, flags }: { flag: FlagForm; flags: Flags }) {
  const versions = useSignal<readonly FlagForm[]>([])
  const error = useSignal('')
  return (
    <details
      id="history"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) void flags.historyOf(flag.name).then((found) => (versions.value = found))
      }}
    >
      <summary>History</summary>
      <p class="error" role="alert">
        {error}
      </p>
      <ol class="history">
        {versions.value.map((version, at) => (
          <li key={version.changeNumber}>
            <div class="bar">
              <strong>
                <Moment at={version.changeNumber} to="milliseconds" />
                {at === 0 && ' (served now)'}
              </strong>
              {at > 0 && (
                <button
                  type="button"
                  class="small"
                  onClick={() =>
                    void flags
                      .restore(flag, version.changeNumber)
                      .catch((fault: Error) => (error.value = `Not restored: ${fault.message}.`))
                  }
                >
                  Restore this version
                </button>
              )}
            </div>
            <Differences before={versions.value[at + 1]} after={version} />
          </li>
        ))}
      </ol>
    </details>
  )
}

function Differences({ before, after }: { before: FlagForm | undefined; after: FlagForm }) {
  if (!before) return <p class="quiet">As it was when the server started, or when the flag was made.</p>
  const lines = changeSummary(before, changeOf(before, draftOf(after)))
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
      {lines.length === 0 && <li class="quiet">Nothing that this page shows.</li>}
    </ul>
  )
}
