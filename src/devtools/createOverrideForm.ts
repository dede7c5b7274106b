import { element } from './element'
import type { Client } from '../client/types/client'

/** The form that sets and takes back the override of one flag. */
export function createOverrideForm(client: Client, say: (text: string) => void) {
  let flag = ''
  let treatments = ''
  const list = element('datalist', { id: 'detail-treatments' })
  const field = element('input', {
    id: 'detail-treatment',
    list: 'detail-treatments',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'detail-treatment-error',
  })
  const error = element('p', { class: 'error', id: 'detail-treatment-error' })
  const clear = element(
    'button',
    {
      type: 'button',
      on: {
        click() {
          client.overrides?.clear(flag)
          field.focus()
          say(`The override of ${flag} is gone.`)
        },
      },
    },
    'Take back',
  )
  const form = element(
    'form',
    {
      class: 'override',
      novalidate: true,
      on: {
        submit(event) {
          event.preventDefault()
          const treatment = field.value.trim()
          const isSet = client.overrides?.set(flag, treatment) ?? false
          error.textContent = isSet ? '' : 'A treatment is 1 to 100 letters, digits, “-”, “_” and “.”.'
          if (isSet) say(`${flag} is ${treatment} on this page.`)
          else field.focus()
        },
      },
    },
    element('label', { for: 'detail-treatment' }, 'Treatment on this page'),
    element('div', { class: 'row-of' }, field, list, element('button', { class: 'main' }, 'Override'), clear),
    error,
  )
  const off = element('p', { class: 'quiet' }, 'Not allowed here: create the client with allowOverrides.')
  const node = element('section', { class: 'step' }, element('h4', {}, 'Override'), form, off)

  return {
    node,
    show(name: string) {
      const { overrides } = client
      form.hidden = !overrides
      off.hidden = !form.hidden
      const override = overrides?.get(name)
      clear.hidden = !override
      const view = client.flags.get(name)
      const known = [...new Set([...(view?.treatments ?? []), ...(view ? [view.defaultTreatment] : [])])]
      if (flag !== name || treatments !== known.join()) {
        list.replaceChildren(...known.map((value) => element('option', { value })))
        if (flag !== name) field.value = override?.treatment ?? ''
        error.textContent = ''
      }
      flag = name
      treatments = known.join()
    },
  }
}
