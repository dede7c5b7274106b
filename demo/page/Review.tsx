/** @jsxImportSource preact */

/** The list of what Save will change; nothing is shown while there are no changes. */
export function Review({ id, lines }: { id: string; lines: readonly string[] }) {
  return (
    <div class="review" hidden={lines.length === 0}>
      <h3 id={`${id}-title`}>What changes</h3>
      <ul id={id} aria-labelledby={`${id}-title`}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  )
}
