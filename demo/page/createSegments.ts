import { computed, signal } from '@preact/signals'
import type { SegmentChange, SegmentForm } from '../server/segmentForm'
import { inEnvironment } from './environment'
import { request } from './request'
import { changeOf, draftOf, type SegmentDraft } from './segmentDraft'

/** The rule-based segments of the environment, and the one that is edited. */
export function createSegments() {
  const segments = signal<readonly SegmentForm[]>([])
  const chosen = signal('')
  const draft = signal<SegmentDraft | undefined>(undefined)
  const status = signal('')
  const error = signal('')
  const segment = computed(() => segments.value.find(({ name }) => name === chosen.value))
  /** The changes that are to be saved. */
  const change = computed((): SegmentChange =>
    segment.value && draft.value ? changeOf(segment.value, draft.value) : {},
  )

  async function load() {
    const found = await request<SegmentForm[]>(`/qa/segments?${inEnvironment()}`)
    segments.value = found.sort((a, b) => a.name.localeCompare(b.name))
  }

  function choose(name: string) {
    chosen.value = name
    error.value = status.value = ''
    discard()
  }

  function discard() {
    draft.value = segment.value && draftOf(segment.value)
  }

  /** Does something that a person asked for, and says what became of it. Resolves with whether it was done. */
  async function attempt(work: () => Promise<string>): Promise<boolean> {
    error.value = status.value = ''
    try {
      const said = await work()
      await load()
      discard()
      status.value = said
      return true
    } catch (fault) {
      error.value = `Not saved: ${(fault as Error).message}.`
      return false
    }
  }

  const address = (room: string) => `/qa/${room}/${encodeURIComponent(chosen.value)}?${inEnvironment()}`

  /** Asks for a change of the version that is shown. */
  const send = (method: string, room: string, body: object) =>
    request(address(room), { method, body: { ...body, changeNumber: segment.value?.changeNumber } })

  return {
    segments,
    segment,
    draft,
    change,
    status,
    error,
    load,
    choose,
    discard,

    save: () =>
      attempt(async () => {
        await send('PATCH', 'segments', change.value)
        return 'Saved, and on its way to the open pages.'
      }),

    archive: () =>
      attempt(async () => {
        await send('PATCH', 'segments', { archived: true })
        return `${chosen.value} is archived.`
      }),

    versionsOf: () => request<SegmentForm[]>(address('history/segments')),

    restore: (version: number | undefined) =>
      attempt(async () => {
        await send('PUT', 'history/segments', { version })
        return 'Restored, and on its way to the open pages.'
      }),

    create: (name: string) =>
      attempt(async () => {
        await request(`/qa/segments?${inEnvironment()}`, { method: 'POST', body: { name } })
        chosen.value = name
        return 'Created: nobody is in it before it has a rule.'
      }),
  }
}

export type Segments = ReturnType<typeof createSegments>
