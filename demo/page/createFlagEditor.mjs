// @ts-check
import { byId, element } from './element.mjs'
import { partitionsField } from './partitionsField.mjs'
import { rulesField } from './rulesField.mjs'
import { targetsField } from './targetsField.mjs'
import { timeElement } from './timeElement.mjs'

/** @typedef {import('../server/flagForm').FlagForm} FlagForm */

/**
 * The editor of one flag. Killing, restoring and tracking act at once, as in an emergency; the rest is saved together.
 *
 * @param {{ save: (flag: FlagForm, change: object) => Promise<void> }} to rejects with a sentence for the reader
 */
export function createFlagEditor({ save }) {
  const editor = byId('editor')

  /**
   * @param {FlagForm} flag
   * @param {string} [said] what became of the change before
   */
  function show(flag, said = '') {
    const status = element('p', { class: 'status', role: 'status' }, said)
    const error = element('p', { class: 'error', role: 'alert' })
    /** @param {object} change @param {string} done */
    const change = async (change, done) => {
      error.textContent = ''
      status.textContent = 'Saving…'
      try {
        await save(flag, change)
        // What was saved is shown anew: the status of the new form says so.
        const [shown] = editor.getElementsByClassName('status')
        if (shown) shown.textContent = done
      } catch (fault) {
        status.textContent = ''
        error.textContent = `Not saved: ${/** @type {Error} */ (fault).message}.`
      }
    }
    const button = (/** @type {string} */ text, /** @type {() => unknown} */ act, name = '') => {
      const made = element('button', { type: 'button', class: name || undefined }, text)
      made.addEventListener('click', act)
      return made
    }

    const tracking = /** @type {HTMLInputElement} */ (
      element('input', { type: 'checkbox', role: 'switch', id: 'tracking' })
    )
    tracking.checked = flag.trackImpressions
    tracking.addEventListener('change', () =>
      change(
        { trackImpressions: tracking.checked },
        tracking.checked ? 'Impressions are tracked again.' : 'Impressions are counted, no longer sent one by one.',
      ),
    )

    const name = /** @type {HTMLInputElement} */ (
      element('input', { id: 'new-treatment', autocomplete: 'off', spellcheck: 'false' })
    )
    const defaultTreatment = /** @type {HTMLSelectElement} */ (
      element(
        'select',
        { id: 'default-treatment' },
        ...flag.treatments.map((treatment) => element('option', { value: treatment }, treatment)),
      )
    )
    defaultTreatment.value = flag.defaultTreatment
    const allocation = /** @type {HTMLInputElement} */ (
      element('input', { id: 'allocation', type: 'number', min: '0', max: '100', step: '1', inputmode: 'numeric' })
    )
    allocation.value = String(flag.trafficAllocation)
    const targets = targetsField(flag.treatments, flag.individualTargets)
    const rules = rulesField(flag.treatments, flag.rules)
    const rest = partitionsField('Serve', flag.treatments, flag.defaultRule ?? [])

    const form = element(
      'form',
      { class: 'flag', novalidate: '' },
      element(
        'div',
        { class: 'pair' },
        field(
          'default-treatment',
          'Default treatment',
          defaultTreatment,
          'Served when killed, or when no rule matches.',
        ),
        field('allocation', 'Share of traffic, %', allocation, 'Keys outside of it get the default treatment.'),
        field('new-treatment', 'Add a treatment', name, 'Its percentages begin at 0.'),
      ),
      element('h3', {}, 'Individual targets'),
      targets.node,
      element('h3', {}, 'Targeting rules'),
      rules.node,
      element('h3', {}, 'Everyone else'),
      rest.node,
      error,
      element(
        'div',
        { class: 'buttons' },
        element('button', { class: 'main' }, 'Save'),
        button('Discard', () => show(flag)),
      ),
    )
    name.addEventListener('change', () => {
      const added = name.value.trim()
      if (!added || flag.treatments.includes(added)) return
      show({ ...flag, treatments: [...flag.treatments, added] })
      byId('new-treatment').focus()
    })
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const split = rest.read()
      void change(
        {
          defaultTreatment: defaultTreatment.value,
          trafficAllocation: Number(allocation.value),
          individualTargets: targets.read(),
          rules: rules.read(),
          ...((flag.defaultRule || split.length > 0) && { defaultRule: split }),
        },
        'Saved, and on its way to the open pages.',
      )
    })

    editor.classList.toggle('untracked', !flag.trackImpressions)
    editor.replaceChildren(
      element(
        'div',
        { class: 'bar' },
        element(
          'h2',
          { id: 'flag-title', tabindex: '-1' },
          flag.name,
          ...(flag.killed ? [' ', element('span', { class: 'badge' }, 'killed')] : []),
          ...(flag.trackImpressions ? [] : [' ', element('span', { class: 'badge' }, 'tracking off')]),
        ),
        element(
          'div',
          { class: 'buttons' },
          flag.killed
            ? button('Restore', () => change({ killed: false }, 'Restored.'))
            : button('Kill', () => change({ killed: true }, 'Killed: everyone gets the default treatment.'), 'danger'),
        ),
      ),
      element(
        'p',
        { class: 'quiet' },
        `Traffic type ${flag.trafficType} · Version `,
        timeElement(flag.changeNumber, 'minutes'),
      ),
      element(
        'p',
        { class: 'switch' },
        tracking,
        element('label', { for: 'tracking' }, 'Track impressions'),
        element('span', { class: 'quiet' }, 'Off: only counts and unique keys are sent.'),
      ),
      status,
      form,
    )
  }

  return { show }
}

/**
 * @param {string} id
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} hint
 */
function field(id, label, input, hint) {
  input.setAttribute('aria-describedby', `${id}-hint`)
  return element(
    'div',
    { class: 'field' },
    element('label', { for: id }, label),
    input,
    element('p', { class: 'quiet hint', id: `${id}-hint` }, hint),
  )
}
