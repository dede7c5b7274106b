import { cut } from './shared/cut'
import { propertiesOf } from './shared/propertiesOf'
import { toTool } from './shared/toTool'
import type { Integration } from '../late/types'
import type { ExposureProperties, ToolOptions } from './shared/types'

export type { Exposure, ExposureProperties, IntegrationOptions, ToolOptions } from './shared/types'

/** Heap's global `heap`. */
export interface Heap {
  /** Sends an event. */
  track(event: string, properties: ExposureProperties): unknown
  /** Adds properties to all events from now on. */
  addEventProperties(properties: ExposureProperties): unknown
}

/** Heap keeps event properties in a cookie, and all cookies of a site have 4 kB together. */
const MOST_FLAGS = 20
const COOKIE_CHARACTERS = 40

/**
 * Hands impressions to Heap: the treatment as the property `flag.<flag>` of all later events (of the first 20 flags, with
 * names and values cut at 40 characters), and one event `Flag Exposure` for each impression, with texts cut at 1,024.
 *
 * @throws TypeError when `instance` is no Heap
 * @see https://developers.heap.io/reference/addeventproperties
 * @see https://developers.heap.io/reference/track-1
 * @example
 * createClient({ sdkKey, key, integrations: [heap()] })
 */
export function heap(options: ToolOptions<Heap> = {}): Integration {
  /** The flags that came first. */
  const flags = new Set<string>()
  return toTool(
    'heap',
    'heap',
    'track',
    (tool, exposure) => {
      const { flag, treatment } = exposure
      if (flags.size < MOST_FLAGS) flags.add(flag)
      if (flags.has(flag)) {
        tool.addEventProperties({ [cut('flag.' + flag, COOKIE_CHARACTERS)]: cut(treatment, COOKIE_CHARACTERS) })
      }
      tool.track('Flag Exposure', propertiesOf(exposure, {}, 100, 512, 1024))
    },
    options,
  )
}
