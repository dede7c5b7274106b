/** What of typedoc's application this plugin uses: typedoc is installed with the site alone, and the lint run of the whole tree goes without it. */
interface Application {
  converter: {
    on(
      event: 'resolveBegin',
      listen: (context: { project: { children?: { name: string }[] | undefined } }) => void,
    ): unknown
  }
}

/**
 * Names the entries in the reference as they are imported: `pennon`, `pennon/react`. By the name of its file, the first would be `index`, and
 * servers take the address of a page of that name for that of the list of entries.
 */
export function load({ converter }: Application): void {
  converter.on('resolveBegin', ({ project }) => {
    for (const entry of project.children ?? []) entry.name = entry.name === 'index' ? 'pennon' : `pennon/${entry.name}`
  })
}
