/**
 * Names the entries in the reference as they are imported: `pennon`, `pennon/react`. By the name of its file, the first would be `index`, and
 * servers take the address of a page of that name for that of the list of entries.
 *
 * @param {{ converter: { on(event: 'resolveBegin', listener: (context: Context) => void): void } }} typedoc
 * @typedef {{ project: { children?: { name: string }[] } }} Context
 */
export function load({ converter }) {
  converter.on('resolveBegin', ({ project }) => {
    for (const entry of project.children ?? []) entry.name = entry.name === 'index' ? 'pennon' : `pennon/${entry.name}`
  })
}
