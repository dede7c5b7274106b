import { Converter, type Application, type Context } from 'typedoc'

/**
 * Names the entries in the reference as they are imported: `pennon`, `pennon/react`. By the name of its file, the first would be `index`, and
 * servers take the address of a page of that name for that of the list of entries.
 */
export function load({ converter }: Application): void {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const entry of project.children ?? []) entry.name = entry.name === 'index' ? 'pennon' : `pennon/${entry.name}`
  })
}
