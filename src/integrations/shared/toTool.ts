import { selectExposure } from './selectExposure'
import type { Integration, IntegrationContext } from '../../late/types'
import type { Exposure, ToolOptions } from './types'

/** Something that may be the tool. */
type Candidate = Record<string, unknown> | undefined

/** The most exposures that wait, of about 300 bytes each. */
const MOST_WAITING = 2000
/** Each pause between two looks for the tool is longer than the last one by this: a script tag further down is found soon. */
const PAUSE_STEP_MS = 250
/** This pause is reached after 9 s. Tools load within seconds: one that is not there by then seems to be missing or blocked. */
const MISSING_PAUSE_MS = 2000

/**
 * Makes the integration that hands exposures to a tool on the page, once it is there and consent is granted. Parameters go by
 * position, because their names would be half of some adapters' bytes.
 *
 * @param global name of the tool's usual global
 * @param method a function that the tool has once it is there; `call` for a tool that is a function itself
 * @param send hands an exposure over. Returns true when the tool takes nothing for now
 */
export function toTool<Tool>(
  name: string,
  global: string,
  method: string,
  send: (tool: Tool, exposure: Exposure) => void | true,
  options: ToolOptions<Tool>,
): Integration {
  const instance = options.instance as Candidate
  let context: IntegrationContext
  let waiting: Exposure[] = []
  let pause = 0
  /** The last look found no consent. */
  let isHeld = false
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Logs the first fault of the tool. It is foreign code, so that the page and the other integrations go on. */
  let tell = (fault: unknown): void => {
    tell = () => undefined
    context.log.warn(`${name}: ${fault as string}`)
  }

  const flush = () => {
    clearTimeout(timer)
    isHeld = context.consent() !== 'granted'
    while (waiting[0] && !isHeld) {
      try {
        const tool = instance ?? (globalThis as unknown as Record<string, Candidate>)[global]
        if (!tool?.[method] || send(tool as Tool, waiting[0])) {
          if (pause > MISSING_PAUSE_MS) tell('no ' + global)
          break
        }
      } catch (fault) {
        tell(fault)
      }
      waiting.shift()
      pause = 0
    }
    // A wait for consent is none for the tool.
    if (isHeld) pause = 0
    if (waiting[0]) timer = setTimeout(flush, (pause += PAUSE_STEP_MS))
  }

  if (instance && !instance[method]) throw TypeError(`${name}.instance: no ${method}`)
  return {
    name,
    start(given) {
      context = given
    },
    impression(impression) {
      const exposure = selectExposure(impression, context.labelsEnabled, options)
      if (!exposure) return
      if (waiting.push(exposure) > MOST_WAITING) waiting.shift()
      // At page hide a microtask runs after pennon's own beacons, which come first in the browser's budget.
      if (isHeld || !waiting[1]) queueMicrotask(flush)
    },
    stop() {
      flush()
      waiting = []
      flush()
    },
  }
}
