// @ts-check
import { createFlagEditor } from './createFlagEditor.mjs'
import { createHeader } from './createHeader.mjs'
import { byId, element } from './element.mjs'
import { editMemberships } from './editMemberships.mjs'
import { request } from './request.mjs'

/** @typedef {import('../server/flagForm').FlagForm} FlagForm */

const { environment } = await createHeader()
const inEnvironment = new URLSearchParams({ environment: environment.name })
/** @type {HTMLInputElement} */
const filter = byId('filter')
/** @type {Map<string, FlagForm>} */
let flags = new Map()
let chosen = new URLSearchParams(location.search).get('flag') ?? ''

const editor = createFlagEditor({
  async save(flag, change) {
    await request(`/qa/flags/${encodeURIComponent(flag.name)}?${inEnvironment}`, {
      method: 'PATCH',
      body: { ...change, changeNumber: flag.changeNumber },
    })
    await load()
  },
})

filter.addEventListener('input', showList)
await load()
editMemberships(inEnvironment)

async function load() {
  /** @type {FlagForm[]} */
  const forms = await request(`/qa/forms?${inEnvironment}`)
  forms.sort((a, b) => a.name.localeCompare(b.name))
  flags = new Map(forms.map((form) => [form.name, form]))
  showList()
  const flag = flags.get(chosen)
  if (flag) editor.show(flag)
}

function showList() {
  const wanted = filter.value.trim().toLowerCase()
  const shown = [...flags.values()].filter(({ name }) => name.toLowerCase().includes(wanted))
  byId('list').replaceChildren(...shown.map(item))
  if (shown.length === 0) byId('list').append(element('li', { class: 'quiet' }, 'No flag has this in its name.'))
  byId('list-count').textContent = shown.length === flags.size ? String(flags.size) : `${shown.length} of ${flags.size}`
}

/** @param {FlagForm} flag */
function item({ name, killed, trackImpressions }) {
  const isChosen = name === chosen
  const button = element(
    'button',
    {
      type: 'button',
      class: trackImpressions ? undefined : 'untracked',
      'aria-current': isChosen ? 'true' : undefined,
    },
    element('span', {}, name),
    ...(killed ? [element('span', { class: 'badge' }, 'killed')] : []),
    ...(trackImpressions ? [] : [element('span', { class: 'badge' }, 'tracking off')]),
  )
  button.addEventListener('click', () => choose(name))
  return element('li', {}, button)
}

/** @param {string} name */
function choose(name) {
  chosen = name
  const query = new URLSearchParams(location.search)
  query.set('flag', name)
  history.replaceState(null, '', `?${query}`)
  showList()
  const flag = flags.get(name)
  if (!flag) return
  editor.show(flag)
  byId('flag-title').focus()
}
