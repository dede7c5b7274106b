/** @jsxImportSource preact */
import { useSignal } from '@preact/signals'
import { Moment } from './Moment'

interface Version {
  changeNumber: number | undefined
}

interface VersionHistoryProps<Form extends Version> {
  id: string
  /** The versions, newest first. */
  versionsOf: () => Promise<readonly Form[]>
  /** Brings a version back. Rejects with a sentence for the reader. */
  restore: (changeNumber: number | undefined) => Promise<unknown>
  /** The differences between a version and the one before, in sentences. */
  differences: (before: Form, after: Form) => string[]
}

/** The versions that were served since the server started, each with a button that brings it back. */
export function VersionHistory<Form extends Version>({
  id,
  versionsOf,
  restore,
  differences,
}: VersionHistoryProps<Form>) {
  const versions = useSignal<readonly Form[]>([])
  const error = useSignal('')
  return (
    <details
      id={id}
      class="history"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) void versionsOf().then((found) => (versions.value = found))
      }}
    >
      <summary>History</summary>
      <p class="error" role="alert">
        {error}
      </p>
      <ol>
        {versions.value.map((version, at) => {
          const before = versions.value[at + 1]
          return (
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
                      void restore(version.changeNumber).catch(
                        (fault: Error) => (error.value = `Not restored: ${fault.message}.`),
                      )
                    }
                  >
                    Restore this version
                  </button>
                )}
              </div>
              {before ? (
                <Differences lines={differences(before, version)} />
              ) : (
                <p class="quiet">As it was when the server started, or when it was made.</p>
              )}
            </li>
          )
        })}
      </ol>
    </details>
  )
}

function Differences({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
      {lines.length === 0 && <li class="quiet">Nothing that this page shows.</li>}
    </ul>
  )
}
