import { stringify } from '../shared/json'
import { element } from './element'
import { overridesLink } from './overridesLink'
import { treatmentElement } from './treatmentElement'
import type { Client, Overrides } from '../client/types/client'
import type { View } from './view'

/** The view of this page's overrides, with a link that takes them to another page. */
export function createOverridesView(client: Client, say: (text: string) => void): View {
  const node = element(
    'div',
    { class: 'stack padded' },
    element('h3', {}, 'Overrides are off'),
    element(
      'p',
      { class: 'quiet' },
      'They let a tester choose treatments on this page, and pass them on by a link. The application allows them with ',
      element('code', {}, 'allowOverrides: true'),
      ', where testers are expected.',
    ),
  )
  let allowed: ReturnType<typeof createAllowed> | undefined

  return {
    name: 'Overrides',
    node,
    refresh() {
      const { overrides } = client
      // They come with the second file of pennon, maybe after the panel was opened.
      if (overrides && !allowed) {
        allowed = createAllowed(client, overrides, say)
        node.replaceChildren(...allowed.nodes)
      }
      allowed?.refresh()
    },
  }
}

/** The content of the view where overrides are allowed. */
function createAllowed(client: Client, overrides: Overrides, say: (text: string) => void) {
  let stamp: string | undefined

  const flagNames = element('datalist', { id: 'override-flags' })
  const treatments = element('datalist', { id: 'override-treatments' })
  const flag = element('input', {
    id: 'override-flag',
    list: 'override-flags',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'override-error',
  })
  const treatment = element('input', {
    id: 'override-treatment',
    list: 'override-treatments',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'override-error',
  })
  const error = element('p', { class: 'error', id: 'override-error' })
  const list = element('ul', { class: 'overrides' })
  const link = element('input', { id: 'override-link', readonly: true })
  const left = element('p', { class: 'quiet' })
  const copy = element('button', { type: 'button' }, 'Copy link')
  const clear = element('button', { type: 'button' }, 'Take back all')
  const share = element(
    'div',
    { class: 'share' },
    element('label', { for: 'override-link' }, 'Link with these overrides'),
    element('div', { class: 'row-of' }, link, copy, clear),
    left,
  )
  const form = element(
    'form',
    { class: 'override', novalidate: true },
    element('div', { class: 'field' }, element('label', { for: 'override-flag' }, 'Flag'), flag, flagNames),
    element(
      'div',
      { class: 'field' },
      element('label', { for: 'override-treatment' }, 'Treatment'),
      treatment,
      treatments,
    ),
    element('button', { class: 'main' }, 'Override'),
    error,
  )
  const empty = element(
    'p',
    { class: 'quiet' },
    'None. An override holds for this tab, over reloads, until it is taken back; its impressions are not sent.',
  )

  const refresh = () => {
    const all = overrides.all()
    const names = Object.keys(all).sort()
    const next = stringify([all, location.href, client.flags.names().length])
    if (next === stamp) return
    stamp = next
    flagNames.replaceChildren(...client.flags.names().map((value) => element('option', { value })))
    empty.hidden = names.length > 0
    share.hidden = list.hidden = names.length === 0
    list.replaceChildren(
      ...names.map((name) =>
        element(
          'li',
          {},
          element('span', { class: 'name' }, name),
          treatmentElement(all[name]?.treatment ?? ''),
          element(
            'button',
            {
              type: 'button',
              'aria-label': `Take back ${name}`,
              on: {
                click() {
                  overrides.clear(name)
                  refresh()
                  ;(list.querySelector('button') ?? flag).focus()
                  say(`The override of ${name} is gone.`)
                },
              },
            },
            'Take back',
          ),
        ),
      ),
    )
    const { href, left: rest } = overridesLink(location.href, all)
    link.value = href
    left.textContent = rest.length ? `The link cannot carry all of: ${rest.join(', ')}.` : ''
  }

  flag.addEventListener('input', () => {
    const view = client.flags.get(flag.value.trim())
    const known = new Set([...(view?.treatments ?? []), ...(view ? [view.defaultTreatment] : [])])
    treatments.replaceChildren(...[...known].map((value) => element('option', { value })))
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const name = flag.value.trim()
    const value = treatment.value.trim()
    const isSet = !!name && overrides.set(name, value)
    error.textContent = isSet
      ? ''
      : name
        ? 'A treatment is 1 to 100 letters, digits, “-”, “_” and “.”.'
        : 'Which flag? Type its name.'
    if (!isSet) return (name ? treatment : flag).focus()
    flag.value = treatment.value = ''
    refresh()
    flag.focus()
    say(`${name} is ${value} on this page.`)
  })
  copy.addEventListener('click', () => {
    // The link is selected first, so that it can be copied by keyboard where the clipboard is refused.
    link.select()
    const copied = navigator.clipboard?.writeText(link.value) ?? Promise.reject(new Error('none'))
    copied.then(
      () => say('The link is copied.'),
      () => say('The link is selected: copy it with the keyboard.'),
    )
  })
  clear.addEventListener('click', () => {
    overrides.clear()
    refresh()
    flag.focus()
    say('All overrides are gone.')
  })

  return { nodes: [form, empty, list, share], refresh }
}
