import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** An agent of `@newrelic/browser-agent`, or its script's global `newrelic`. */
export interface NewRelic {
  /** Sends an event. */
  addPageAction(name: string, attributes: ExposureProperties): unknown
  /** Adds an attribute to all events from now on. */
  setCustomAttribute(name: string, value: unknown): unknown
}

/** An event may have 254 attributes, with the agent's own and the site's. */
const MOST_FLAGS = 100

/**
 * Hands impressions to New Relic: the treatment as the custom attribute `flag_<flag>` of everything the agent reports from
 * then on (of the first 100 flags), and one page action `exposure` for each impression. In names, any but letters, digits and
 * underscores become underscores; names and texts are cut at 255 characters.
 *
 * @throws TypeError when `instance` is no agent
 * @see https://docs.newrelic.com/docs/browser/new-relic-browser/browser-apis/setcustomattribute/
 * @see https://docs.newrelic.com/docs/browser/new-relic-browser/browser-apis/addpageaction/
 * @see https://docs.newrelic.com/docs/data-apis/custom-data/custom-events/data-requirements-limits-custom-event-data/
 * @example
 * createClient({ sdkKey, key, integrations: [newRelic({ instance })] })
 */
export function newRelic(options: ToolOptions<NewRelic> = {}): Integration {
  /** Flags by name, in the order in which they came. */
  const places: Record<string, number> = {}
  let count = 0
  return toTool(
    'newRelic',
    'newrelic',
    'addPageAction',
    (agent, exposure) => {
      const named = { ['flag_' + exposure.flag]: exposure.treatment }
      const attributes = propertiesOf(exposure, named, 100, 255, 255, /\W/g)
      const [name] = Object.keys(attributes) as [string]
      if ((places[name] ??= count++) < MOST_FLAGS) agent.setCustomAttribute(name, attributes[name])
      agent.addPageAction('exposure', attributes)
    },
    options,
  )
}
