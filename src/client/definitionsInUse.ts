import { localDefinitions } from './treatments/localDefinitions'
import type { Definitions } from '../definitions/definitions'
import type { Change, Hub, Source } from '../shared/hub'
import type { Log } from '../shared/log'
import type { ResolvedSettings } from './settings'
import type { Status } from './types/events'

/** Which definitions answer now, and when later ones may: the update policy. */
export interface DefinitionsInUse {
  /** Where they came from. */
  source(): Status['source']
  /** Takes those that the application brought along, if any. */
  start(): void
  /** Shows what was held back, or reads the local flags again. @returns whether that changed anything */
  update(): boolean
}

interface DefinitionsInUseParts {
  settings: Pick<ResolvedSettings, 'bootstrap' | 'localFlags' | 'updatePolicy'>
  definitions: Definitions
  hub: Hub
  log: Log
}

export function createDefinitionsInUse({ settings, definitions, hub, log }: DefinitionsInUseParts): DefinitionsInUse {
  const { bootstrap, localFlags, updatePolicy } = settings
  const isHeld = updatePolicy !== 'immediate' && !localFlags
  let source: Status['source'] = 'none'

  const tell = (from: Source, change: Change | undefined) => hub.emit('definitions', { source: from, change })
  const applyLocalFlags = () => definitions.apply(localDefinitions(localFlags ?? {}, log.warn), undefined, true)
  /** Makes what comes after the first definitions wait for the next page, or until it is asked for. */
  const hold = () => {
    if (isHeld) definitions.hold()
  }

  hub.on('definitions', ({ source: from }) => {
    // Definitions that are held back are not in use.
    if (from !== 'network' || !isHeld || source === 'none') source = from
    hold()
  })

  return {
    source: () => source,
    start() {
      if (bootstrap) tell('bootstrap', definitions.apply(bootstrap.splitChanges))
      if (localFlags) tell('local', applyLocalFlags())
    },
    update() {
      const change = localFlags ? applyLocalFlags() : definitions.release()
      hold()
      if (change) tell(source === 'none' ? 'network' : source, change)
      return change !== undefined
    },
  }
}
