import { createDetail } from './createDetail'
import { createOverrideForm } from './createOverrideForm'
import { element } from './element'
import { explanationNodes, textOf } from './explanationNodes'
import { facts } from './facts'
import { reasonOf } from './reasonOf'
import { timeElement } from './timeElement'
import { treatmentElement } from './treatmentElement'
import type { Client } from '../client/types/client'
import type { Decisions } from './createDecisions'

interface FlagDetailParts {
  client: Client
  decisions: Decisions
  say: (text: string) => void
  onClose: () => void
}

/** The pane that says why a flag has its treatment. */
export function createFlagDetail({ client, decisions, say, onClose }: FlagDetailParts) {
  const detail = createDetail('Decision', onClose)
  const form = createOverrideForm(client, say)
  const why = element('div', { class: 'why' })
  let stamp = ''
  detail.body.append(why, form.node)

  return {
    node: detail.node,
    focus: detail.focus,
    show(flag: string) {
      const explanation = decisions.of(flag)
      const view = client.flags.get(flag)
      detail.open(flag)
      form.show(flag)
      // The pane is drawn again only when something is different, so that it does not disturb a screen reader or selected text.
      const next = textOf([explanation, view])
      if (next === stamp) return
      stamp = next
      const { treatment, label, config, changeNumber } = explanation
      why.replaceChildren(
        element(
          'div',
          { class: 'verdict' },
          element('p', {}, treatmentElement(treatment), ' ', element('span', { class: 'label' }, label)),
          element('p', {}, reasonOf(explanation)),
        ),
        ...explanationNodes(explanation),
        element(
          'section',
          { class: 'step' },
          element('h4', {}, 'Configuration'),
          config === null
            ? element('p', { class: 'quiet' }, 'None for this treatment.')
            : element('pre', { tabindex: 0, 'aria-label': 'Configuration' }, pretty(config)),
        ),
        element(
          'section',
          { class: 'step' },
          element('h4', {}, 'Definition'),
          facts([
            ['Version', changeNumber ?? 'none'],
            [
              'Last change',
              changeNumber !== undefined && [timeElement(changeNumber, 'date'), ', ', timeElement(changeNumber, 'ago')],
            ],
            ['Default treatment', view?.defaultTreatment],
            ['Traffic type', view?.trafficType],
            ['Flag sets', view?.sets.join(', ')],
            ['Impressions', view && (view.impressionsDisabled ? 'counted only (tracking is off)' : 'tracked')],
          ]),
        ),
      )
    },
    hide: detail.hide,
  }
}

/** A configuration for people to read: JSON is indented, any other text stays as it is. */
function pretty(config: string): string {
  try {
    // oxlint-disable-next-line no-restricted-properties -- This text is for people, and only it is indented.
    return JSON.stringify(JSON.parse(config), null, 2)
  } catch {
    return config
  }
}
