import { createDetail } from './createDetail'
import { createGrid } from './createGrid'
import { element } from './element'
import { textOf } from './explanationNodes'
import { facts } from './facts'
import { fateOf } from './fateOf'
import { split } from './split'
import { timeElement } from './timeElement'
import { treatmentElement } from './treatmentElement'
import type { Client } from '../client/types/client'
import type { Impression } from '../impressions/types'
import type { RecordedImpression, Recorder } from './createRecorder'
import type { View } from './view'

interface ImpressionsViewParts {
  client: Client
  recorder: Recorder
  say: (text: string) => void
  onExplain: (impression: Impression) => void
}

/** The view of impressions: each one of this page as it is made, and what becomes of it. */
export function createImpressionsView({ client, recorder, say, onExplain }: ImpressionsViewParts): View {
  let selected: RecordedImpression | undefined
  let frozen: RecordedImpression[] | undefined
  let stamp = ''

  const search = element('input', { type: 'search', id: 'impression-search', autocomplete: 'off', spellcheck: 'false' })
  const pause = element('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause')
  const send = element('button', { type: 'button' }, 'Send now')
  const clear = element('button', { type: 'button' }, 'Clear')
  const count = element('p', { class: 'count' })
  const toolbar = element(
    'div',
    { class: 'toolbar', role: 'search', 'aria-label': 'Impressions' },
    element('label', { for: 'impression-search' }, 'Search'),
    search,
    pause,
    send,
    clear,
    count,
  )
  const grid = createGrid<RecordedImpression>({
    name: 'Impressions',
    className: 'impressions',
    isTail: true,
    columns: [
      { name: 'Time', className: 'time', cell: ({ impression }) => timeElement(impression.time, 'time') },
      { name: 'Flag', className: 'name', cell: ({ impression }) => impression.flag },
      { name: 'Treatment', className: 'treats', cell: ({ impression }) => treatmentElement(impression.treatment) },
      { name: 'Label', className: 'label', cell: ({ impression }) => impression.label },
      {
        name: 'What became of it',
        className: 'fate',
        cell(recorded) {
          const { word, tone } = fateOf(recorded)
          return element('span', { class: `fate-word ${tone}` }, word)
        },
      },
    ],
    idOf: ({ id }) => String(id),
    stampOf: (recorded) => fateOf(recorded).word,
    onOpen: (recorded) => open(recorded),
  })
  const detail = createDetail('Impression', () => close())
  const node = element('div', { class: 'stack' }, toolbar, split(grid.node, detail.node))

  const open = (recorded: RecordedImpression) => {
    selected = recorded
    stamp = ''
    refresh()
    grid.select(String(recorded.id))
    detail.focus()
  }
  const close = (): boolean => {
    if (!selected) return false
    hide()
    grid.focus()
    return true
  }
  const hide = () => {
    selected = undefined
    detail.hide()
    grid.select(undefined)
  }
  const showDetail = (recorded: RecordedImpression) => {
    const { impression, deliveredAt } = recorded
    const { word, sentence } = fateOf(recorded)
    detail.open(impression.flag)
    if (stamp === word + deliveredAt) return
    stamp = word + deliveredAt
    const { treatment, label, key, bucketingKey, changeNumber, time, previousTime, trafficType } = impression
    detail.body.replaceChildren(
      element(
        'div',
        { class: 'verdict' },
        element('p', {}, treatmentElement(treatment), ' ', element('span', { class: 'label' }, label)),
        element('p', {}, sentence),
      ),
      element(
        'button',
        { type: 'button', class: 'main', on: { click: () => onExplain(impression) } },
        'Explain with these attributes',
      ),
      facts([
        ['Became', word],
        ['Delivered', deliveredAt !== undefined && timeElement(deliveredAt, 'time')],
        ['Key', key],
        ['Bucketing key', bucketingKey],
        ['Time', timeElement(time, 'time')],
        ['Previous time', previousTime !== undefined && timeElement(previousTime, 'time')],
        ['Version', changeNumber ?? 'none'],
        ['Traffic type', trafficType],
        ['Properties', impression.properties && element('code', {}, textOf(impression.properties))],
        ['Attributes', impression.attributes ? element('code', {}, textOf(impression.attributes)) : 'none'],
        ['SDK', impression.sdkVersion],
      ]),
    )
  }
  const refresh = () => {
    const all = frozen ?? recorder.impressions()
    const wanted = search.value.trim().toLowerCase()
    const found = wanted
      ? all.filter((recorded) => {
          const { flag, treatment, label } = recorded.impression
          return [flag, treatment, label, fateOf(recorded).word].some((text) => text.toLowerCase().includes(wanted))
        })
      : all
    const total = recorder.total()
    count.textContent =
      `${wanted ? `${found.length} of ` : ''}${total} impression${total === 1 ? '' : 's'}` +
      (total > all.length && !frozen ? `, the last ${all.length} kept` : '')
    grid.show(
      found,
      wanted && all.length
        ? 'No impression fits the search.'
        : 'None since this panel listens. Each decision that the page asks for appears here; what this panel asks makes none.',
    )
    if (selected) showDetail(selected)
  }

  search.addEventListener('input', () => {
    // An open detail would lie over the rows that are looked for.
    if (!node.closest('[data-wide]')) hide()
    refresh()
  })
  pause.addEventListener('click', () => {
    frozen = frozen ? undefined : recorder.impressions()
    pause.setAttribute('aria-pressed', String(!!frozen))
    refresh()
  })
  send.addEventListener('click', () => {
    say('Sending…')
    void client.flush().then(() => say('Sent what was waiting, or kept it for later: the deliveries say which.'))
  })
  clear.addEventListener('click', () => {
    recorder.clear()
    if (frozen) frozen = []
    close()
    refresh()
    clear.focus()
  })

  return {
    name: 'Impressions',
    node,
    refresh,
    back: close,
  }
}
