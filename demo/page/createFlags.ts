import { computed, signal } from '@preact/signals'
import type { FlagChange } from '../server/editFlag'
import type { FlagForm } from '../server/flagForm'
import { inEnvironment } from './environment'
import { request } from './request'

/** The flags of the environment, and the one that is edited. */
export function createFlags() {
  const flags = signal<ReadonlyMap<string, FlagForm>>(new Map())
  const filter = signal('')
  const chosen = signal(new URLSearchParams(location.search).get('flag') ?? '')
  /** What became of the last change, in a sentence. */
  const said = signal('')
  const shown = computed(() => {
    const wanted = filter.value.trim().toLowerCase()
    return [...flags.value.values()].filter(({ name }) => name.toLowerCase().includes(wanted))
  })

  async function load() {
    const forms = await request<FlagForm[]>(`/qa/forms?${inEnvironment()}`)
    forms.sort((a, b) => a.name.localeCompare(b.name))
    flags.value = new Map(forms.map((form) => [form.name, form]))
  }

  function choose(name: string) {
    said.value = ''
    chosen.value = name
    const query = new URLSearchParams(location.search)
    query.set('flag', name)
    history.replaceState(null, '', `?${query}`)
  }

  const address = (room: string, name: string) => `/qa/${room}/${encodeURIComponent(name)}?${inEnvironment()}`

  return {
    flags,
    filter,
    chosen,
    said,
    shown,
    load,
    choose,

    /** Saves a change. Rejects with a sentence for the reader. */
    async save({ name, changeNumber }: FlagForm, change: FlagChange) {
      await request(address('flags', name), { method: 'PATCH', body: { ...change, changeNumber } })
      await load()
      said.value = change.archived
        ? `${name} is archived.`
        : change.killed
          ? 'Killed: everyone gets the default treatment.'
          : 'Saved, and on its way to the open pages.'
    },

    async create(name: string, copyOf: string) {
      const body = { name, ...(copyOf && { copyOf }) }
      await request(`/qa/flags?${inEnvironment()}`, { method: 'POST', body })
      await load()
      choose(name)
    },

    historyOf: (name: string) => request<FlagForm[]>(address('history/flags', name)),

    async restore({ name, changeNumber }: FlagForm, version: number | undefined) {
      await request(address('history/flags', name), { method: 'PUT', body: { version, changeNumber } })
      await load()
      said.value = 'Restored, and on its way to the open pages.'
    },
  }
}

export type Flags = ReturnType<typeof createFlags>
