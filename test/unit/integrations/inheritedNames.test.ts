import { expect, it } from 'vitest'
import { amplitude } from '../../../src/integrations/amplitude'
import { bugsnag } from '../../../src/integrations/bugsnag'
import { datadogRum } from '../../../src/integrations/datadogRum'
import { fullStory } from '../../../src/integrations/fullStory'
import { googleAnalytics } from '../../../src/integrations/googleAnalytics'
import { heap } from '../../../src/integrations/heap'
import { mixpanel } from '../../../src/integrations/mixpanel'
import { mParticle } from '../../../src/integrations/mParticle'
import { newRelic } from '../../../src/integrations/newRelic'
import { openTelemetry } from '../../../src/integrations/openTelemetry'
import { posthog } from '../../../src/integrations/posthog'
import { quantumMetric } from '../../../src/integrations/quantumMetric'
import { segment } from '../../../src/integrations/segment'
import { sentry } from '../../../src/integrations/sentry'
import type { ToolOptions } from '../../../src/integrations/shared/types'
import type { Integration, IntegrationContext } from '../../../src/late/types'

// Every object inherits members of these names.
const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty']

/** What a tool was told: a line for each call. */
type Told = string[]
/** A tool that is a function, of which every member is one too. */
const toolOf = (told: Told) => {
  const tell = (...about: unknown[]) => void told.push(JSON.stringify(about))
  const tool: unknown = new Proxy(tell, {
    get: (_, name) => {
      if (name === 'isStarted') return undefined
      // Sentry's client, and its integration.
      return name === 'getClient' || name === 'getIntegrationByName' ? () => tool : tell
    },
  })
  return tool as never
}

const TOOLS: [name: string, make: (options: Required<ToolOptions<never>>) => Integration, calls: number][] = [
  ['amplitude', amplitude, 1],
  ['bugsnag', bugsnag, 1],
  ['datadogRum', datadogRum, 1],
  ['fullStory', fullStory, 1],
  ['googleAnalytics', googleAnalytics, 1],
  ['heap', heap, 2],
  ['mixpanel', mixpanel, 1],
  ['mParticle', mParticle, 1],
  ['newRelic', newRelic, 2],
  ['openTelemetry', openTelemetry, 1],
  ['posthog', posthog, 1],
  ['quantumMetric', (options) => quantumMetric({ ...options, eventId: 1 }), 1],
  ['segment', segment, 1],
  ['sentry', sentry, 1],
]

it.each(TOOLS)('%s is told of flags that are named like a member of every object', (_tool, make, calls) => {
  const told: Told = []
  const faults: unknown[] = []
  const warn = (fault: unknown) => void faults.push(fault)
  const integration = make({ instance: toolOf(told) } as Required<ToolOptions<never>>)
  integration.start({
    consent: () => 'granted',
    labelsEnabled: true,
    log: { debug: warn, info: warn, warn, error: warn },
  } as Partial<IntegrationContext> as IntegrationContext)
  for (const flag of NAMES) {
    const disposition = 'queued'
    integration.impression({ flag, key: 'u', treatment: 'on', label: 'a rule', time: 1, sdkVersion: 'v', disposition })
  }
  integration.stop()
  expect(faults).toEqual([])
  expect(told.map((line) => NAMES.find((name) => line.includes(name)))).toEqual(
    NAMES.flatMap((name) => Array<string>(calls).fill(name)),
  )
})
