/** @jsxImportSource preact */
import { pageFaults } from './faults'
import { wantedFaults } from './playFaults'

/** A bar that says which faults are in play, with a button that ends each. */
export function FaultsBar() {
  return (
    <aside id="faults" class="faults-bar" aria-label="Faults in play" hidden={wantedFaults.length === 0}>
      <strong>Faults in play</strong>
      {wantedFaults.map((name) => (
        <a key={name} class="badge" href={without(name)} aria-label={`End the fault ${name}`}>
          {pageFaults[name]?.title ?? name.replace(':', ': ')} ×
        </a>
      ))}
    </aside>
  )
}

function without(name: string) {
  const query = new URLSearchParams(location.search)
  query.delete('fault')
  for (const other of wantedFaults) if (other !== name) query.append('fault', other)
  return `/?${query}`
}
