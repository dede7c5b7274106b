import { signal } from '@preact/signals'
import type { Comparison } from '../server/parseCriteria'
import type { FlagForm } from '../server/flagForm'
import type { Charts, StoredEvent, StoredImpression } from '../server/types'
import { createTailRows } from './createTailRows'
import { environment, inEnvironment } from './environment'
import { followTail } from './followTail'
import { request } from './request'

/** How often charts are drawn anew while rows arrive, ms: they must stay readable. */
const redrawMs = 1_000

export const textFields = ['flag', 'key', 'treatment', 'label', 'sdk'] as const
export type TextField = (typeof textFields)[number]

/** The fields of the form of criteria. */
export interface CriteriaFields {
  texts: Record<TextField, { text: string; how: Comparison }>
  /** A local time, in the form of the browser's field. */
  from: string
  to: string
}

/** The rows that meet the criteria of the form, and their charts. */
export function createImpressions() {
  const fields = signal<CriteriaFields>(readAddress())
  const error = signal('')
  const charts = signal<Charts | undefined>(undefined)
  const flagNames = signal<readonly string[]>([])
  const impressions = createTailRows<StoredImpression>()
  const events = createTailRows<StoredEvent>()
  let stopFollowing = () => {}
  /** The criteria of the rows that are shown. The form may already have others. */
  let shown = new URLSearchParams()
  let redraw: ReturnType<typeof setTimeout> | undefined

  async function show() {
    shown = criteriaOf(fields.value)
    writeAddress(fields.value)
    error.value = ''
    stopFollowing()
    clear()
    if (!(await draw())) return
    stopFollowing = followTail(
      {
        begin: clear,
        impressions(rows) {
          impressions.add(rows)
          scheduleDraw()
        },
        events: events.add,
        totals: scheduleDraw,
      },
      shown,
    )
  }

  function clear() {
    impressions.clear()
    events.clear()
  }

  function scheduleDraw() {
    redraw ??= setTimeout(() => {
      redraw = undefined
      if (!document.hidden) void draw()
    }, redrawMs)
  }

  /** @returns false when the criteria are refused */
  async function draw(): Promise<boolean> {
    const mine = shown
    try {
      const drawn = await request<Charts>(`/qa/charts?${mine}`)
      if (mine === shown) charts.value = drawn
      return true
    } catch (fault) {
      error.value = `${(fault as Error).message}.`
      return false
    }
  }

  void request<FlagForm[]>(`/qa/forms?${inEnvironment()}`).then((flags) => {
    flagNames.value = flags.map(({ name }) => name).sort()
  })

  return {
    fields,
    error,
    charts,
    flagNames,
    impressions,
    events,
    show,
    criteria: () => shown,
    async reset() {
      fields.value = emptyFields()
      await show()
    },
  }
}

export type Impressions = ReturnType<typeof createImpressions>

const emptyFields = (): CriteriaFields => ({
  texts: Object.fromEntries(textFields.map((name) => [name, { text: '', how: 'contains' }])) as CriteriaFields['texts'],
  from: '',
  to: '',
})

/** A link that does not say how to compare a text means the exact text. */
function readAddress(): CriteriaFields {
  const query = new URLSearchParams(location.search)
  const fields = emptyFields()
  for (const name of textFields) {
    const text = query.get(name)
    if (text) fields.texts[name] = { text, how: (query.get(`${name}-how`) ?? 'is') as Comparison }
  }
  return { ...fields, from: query.get('from') ?? '', to: query.get('to') ?? '' }
}

function writeAddress(fields: CriteriaFields) {
  const query = new URLSearchParams(location.search)
  for (const name of textFields) {
    const { text, how } = fields.texts[name]
    query.delete(name)
    query.delete(`${name}-how`)
    if (!text.trim()) continue
    query.set(name, text.trim())
    if (how !== 'is') query.set(`${name}-how`, how)
  }
  for (const name of ['from', 'to'] as const) {
    if (fields[name]) query.set(name, fields[name])
    else query.delete(name)
  }
  history.replaceState(null, '', `?${query}`)
}

/** The criteria of the form, as the server takes them. */
function criteriaOf({ texts, from, to }: CriteriaFields): URLSearchParams {
  const query = new URLSearchParams({ environment: environment.name })
  for (const name of textFields) {
    const { text, how } = texts[name]
    if (!text.trim()) continue
    query.set(name, text.trim())
    query.set(`${name}-how`, how)
  }
  // The browser's field means local time.
  if (from) query.set('from', new Date(from).toISOString())
  if (to) query.set('to', new Date(to).toISOString())
  return query
}
