import { cut } from './shared/cut'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** The part that pennon calls of `@bugsnag/js` or `@bugsnag/browser`, one of their clients, or the global `Bugsnag`. */
export interface Bugsnag {
  /** Declares a flag in use, or its new variant. */
  addFeatureFlag(name: string, variant: string): unknown
  /** Whether `Bugsnag.start` was called. A single client of theirs has no such function. */
  isStarted?(): boolean
}

/** The only documented limit is the 1 MB of a report: so many flags of so many characters take a tenth of it. */
const MOST_FLAGS = 200
const MOST_CHARACTERS = 250

/**
 * Declares impressions as BugSnag feature flags, so that each later error report says which treatments were in use: those of the
 * first 200 flags, with names and treatments cut at 250 characters. A BugSnag flag has no room for label or key.
 *
 * @throws TypeError when `instance` is no BugSnag
 * @see https://docs.bugsnag.com/platforms/javascript/features-experiments/
 * @example
 * createClient({ sdkKey, key, integrations: [bugsnag({ instance: Bugsnag })] })
 */
export function bugsnag(options: ToolOptions<Bugsnag> = {}): Integration {
  /** The flags that came first. */
  const flags = new Set<string>()
  return toTool(
    'bugsnag',
    'Bugsnag',
    'addFeatureFlag',
    (tool, { flag, treatment }) => {
      // Bugsnag forgets what it is told before `Bugsnag.start`.
      if (tool.isStarted?.() === false) return true
      if (flags.size < MOST_FLAGS) flags.add(flag)
      if (flags.has(flag)) tool.addFeatureFlag(cut(flag, MOST_CHARACTERS), cut(treatment, MOST_CHARACTERS))
    },
    options,
  )
}
