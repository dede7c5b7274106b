// @ts-check
import { createHeader } from './createHeader.mjs'
import { byId, element } from './element.mjs'
import { answers, endpoints, isFault, pageFaults } from './faults'

const { environment } = await createHeader()
const chosen = new Set(new URLSearchParams(location.search).getAll('fault').filter(isFault))
/** @type {HTMLAnchorElement} */
const open = byId('open')
/** @type {HTMLInputElement} */
const link = byId('link')

byId('page-faults').replaceChildren(
  ...Object.entries(pageFaults).map(([name, { title, says }]) =>
    element('li', {}, toggle(name, title), element('span', { class: 'quiet' }, says)),
  ),
)
byId('server-faults').replaceChildren(
  ...Object.keys(endpoints).map((endpoint) =>
    element(
      'li',
      {},
      element('strong', {}, endpoint.replace('-', ' ')),
      element(
        'span',
        { class: 'buttons' },
        ...Object.keys(answers).map((answer) => toggle(`${endpoint}:${answer}`, answer)),
      ),
    ),
  ),
)
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(link.value)
  byId('status').textContent = 'Copied.'
})
follow()

/**
 * @param {string} name
 * @param {string} text
 */
function toggle(name, text) {
  const button = element('button', { type: 'button', 'aria-pressed': String(chosen.has(name)) }, text)
  if (name.includes(':')) button.setAttribute('aria-label', `${name.split(':')[0]}: ${text}`)
  button.addEventListener('click', () => {
    if (!chosen.delete(name)) chosen.add(name)
    button.setAttribute('aria-pressed', String(chosen.has(name)))
    follow()
  })
  return button
}

/** The link is that of the page with what is chosen; this page's own address keeps it as well. */
function follow() {
  const query = new URLSearchParams({ environment: environment.name })
  for (const name of chosen) query.append('fault', name)
  open.href = `/?${query}`
  open.textContent =
    chosen.size === 0 ? 'Open the page' : `Open the page with ${chosen.size === 1 ? 'this fault' : 'these faults'}`
  link.value = open.href
  byId('status').textContent = ''
  history.replaceState(null, '', `?${query}`)
}
