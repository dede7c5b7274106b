import { stringify } from '../shared/json'
import { createFlagDetail } from './createFlagDetail'
import { createGrid } from './createGrid'
import { element } from './element'
import { split } from './split'
import { timeElement } from './timeElement'
import { treatmentElement } from './treatmentElement'
import type { Client } from '../client/types/client'
import type { Attributes } from '../evaluation/types'
import type { Decisions } from './createDecisions'
import type { Recorder } from './createRecorder'
import type { View } from './view'

interface FlagsViewParts {
  client: Client
  decisions: Decisions
  recorder: Recorder
  say: (text: string) => void
}

export interface FlagsView extends View {
  /** Shows the decision of a flag, with these attributes until it is closed. */
  open(flag: string, attributes: Attributes): void
  /** Sets the attributes that decisions are made with. */
  setAttributes(attributes: Attributes | undefined): void
}

const SHOWN = {
  all: 'All flags',
  used: 'Asked on this page',
  overridden: 'Overridden',
  killed: 'Killed',
  control: 'Without decision',
} as const

export function createFlagsView({ client, decisions, recorder, say }: FlagsViewParts): FlagsView {
  let selected: string | undefined
  /** The attributes to go back to when an explained impression is closed. */
  let before: { attributes: Attributes | undefined } | undefined
  let lastCount = ''

  const search = element('input', { type: 'search', id: 'flag-search', autocomplete: 'off', spellcheck: 'false' })
  const show = element(
    'select',
    { id: 'flag-show' },
    Object.entries(SHOWN).map(([value, text]) => element('option', { value }, text)),
  )
  const field = element('input', {
    id: 'flag-attributes',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: '{ "plan": "pro" }',
    'aria-describedby': 'flag-attributes-error',
  })
  const error = element('p', { class: 'error', id: 'flag-attributes-error' })
  const count = element('p', { class: 'count' })
  const toolbar = element(
    'div',
    { class: 'toolbar', role: 'search', 'aria-label': 'Flags' },
    element('label', { for: 'flag-search' }, 'Search'),
    search,
    element('label', { for: 'flag-show', class: 'hidden' }, 'Show'),
    show,
    element('label', { for: 'flag-attributes' }, 'Attributes'),
    field,
    count,
    error,
  )
  const grid = createGrid<string>({
    name: 'Flags',
    className: 'flags',
    columns: [
      { name: 'Flag', className: 'name', cell: (flag) => [flag, badgesOf(flag)] },
      { name: 'Treatment', className: 'treats', cell: (flag) => treatmentElement(decisions.of(flag).treatment) },
      { name: 'Label', className: 'label', cell: (flag) => decisions.of(flag).label },
      {
        name: 'Changed',
        className: 'changed',
        cell(flag) {
          const { changeNumber } = decisions.of(flag)
          return changeNumber === undefined ? '' : timeElement(changeNumber, 'ago')
        },
      },
      { name: 'Version', className: 'version', cell: (flag) => decisions.of(flag).changeNumber },
    ],
    idOf: (flag) => flag,
    stampOf(flag) {
      const { treatment, label, changeNumber } = decisions.of(flag)
      return stringify([treatment, label, changeNumber, badgesOf(flag)])
    },
    onOpen(flag) {
      restoreAttributes()
      open(flag)
    },
  })
  const detail = createFlagDetail({ client, decisions, say, onClose: () => close() })
  const node = element('div', { class: 'stack' }, toolbar, split(grid.node, detail.node))

  function badgesOf(flag: string): HTMLElement[] {
    const view = client.flags.get(flag)
    return [
      ...(client.overrides?.get(flag) ? ['overridden'] : []),
      ...(view?.killed ? ['killed'] : []),
      ...(view?.impressionsDisabled ? ['tracking off'] : []),
    ].map((text) => element('span', { class: 'badge' }, text))
  }
  const isShown = (flag: string, used: ReadonlySet<string>): boolean => {
    switch (show.value as keyof typeof SHOWN) {
      case 'used':
        return used.has(flag)
      case 'overridden':
        return client.overrides?.get(flag) !== undefined
      case 'killed':
        return decisions.of(flag).label === 'killed'
      case 'control':
        return decisions.of(flag).treatment === 'control' || decisions.of(flag).label.startsWith('fallback - ')
      default:
        return true
    }
  }
  /** The names of all flags, and names that were asked for or overridden but are no flags, because a tester looks for exactly these. */
  const namesShown = (): string[] => {
    const used = new Set(recorder.impressions().map(({ impression }) => impression.flag))
    const known = new Set([...client.flags.names(), ...used, ...Object.keys(client.overrides?.all() ?? {})])
    const wanted = search.value.trim().toLowerCase()
    const has = (text: string) => text.toLowerCase().includes(wanted)
    const found = [...known].filter(
      (flag) =>
        isShown(flag, used) &&
        (!wanted || has(flag) || has(decisions.of(flag).treatment) || has(decisions.of(flag).label)),
    )
    const text = found.length === known.size ? `${known.size} flags` : `${found.length} of ${known.size} flags`
    count.textContent = text
    if (wanted && text !== lastCount) say(text)
    lastCount = text
    return found.sort((a, b) => (a < b ? -1 : 1))
  }
  const refresh = () => {
    const names = namesShown()
    const isEmpty = !client.flags.names().length
    grid.show(
      names,
      isEmpty
        ? client.status().readyFromCache
          ? 'The environment has no flags for this client.'
          : 'No definitions have arrived yet. The status says why.'
        : 'No flag fits the search.',
    )
    if (selected !== undefined) detail.show(selected)
  }
  const open = (flag: string) => {
    selected = flag
    refresh()
    grid.select(flag)
    detail.focus()
  }
  const close = (): boolean => {
    if (selected === undefined) return false
    hide()
    grid.focus()
    return true
  }
  const hide = () => {
    restoreAttributes()
    selected = undefined
    detail.hide()
    grid.select(undefined)
  }
  const seek = () => {
    // An open detail would lie over the rows that are looked for.
    if (!node.closest('[data-wide]')) hide()
    refresh()
  }
  const complain = (text: string) => {
    error.textContent = text
    if (text) field.setAttribute('aria-invalid', 'true')
    else field.removeAttribute('aria-invalid')
  }
  const restoreAttributes = () => {
    if (before) setAttributes(before.attributes)
  }
  const setAttributes = (attributes: Attributes | undefined) => {
    before = undefined
    const text = stringify(attributes ?? {})
    field.value = text === '{}' ? '' : text
    complain('')
    decisions.setAttributes(attributes)
  }

  search.addEventListener('input', seek)
  show.addEventListener('change', seek)
  field.addEventListener('input', () => {
    const text = field.value.trim()
    try {
      const given: unknown = text ? JSON.parse(text) : undefined
      if (text && (typeof given !== 'object' || given === null || Array.isArray(given))) throw new TypeError()
      decisions.setAttributes(given as Attributes | undefined)
      before = undefined
      complain('')
      refresh()
    } catch {
      complain('Attributes are JSON: names and values in braces.')
    }
  })

  return {
    name: 'Flags',
    node,
    refresh,
    back: close,
    open(flag, attributes) {
      const kept = before ?? { attributes: decisions.attributes() }
      setAttributes(attributes)
      before = kept
      open(flag)
    },
    setAttributes,
  }
}
