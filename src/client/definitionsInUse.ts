import { localDefinitions } from './treatments/localDefinitions'
import type { FlagData } from '../definitions/flagData'
import type { Change, Hub, Source } from '../shared/hub'
import type { Log } from '../shared/log'
import type { ResolvedSettings } from './settings'
import type { Status } from './types/events'

/** Says which definitions decide now, and when newer ones may: the setting `updatePolicy`. */
export interface DefinitionsInUse {
  /** The origin of the definitions in use. */
  source(): Status['source']
  /** Takes the definitions that the application brought along (`bootstrap`, `localFlags`) into use, if any. */
  start(): void
  /** Takes definitions that were held back into use, or reads `localFlags` again. @returns whether that changed anything */
  update(): boolean
}

interface DefinitionsInUseParts {
  settings: Pick<ResolvedSettings, 'bootstrap' | 'localFlags' | 'updatePolicy'>
  definitions: FlagData['definitions']
  hub: Hub
  log: Log
}

export function createDefinitionsInUse({ settings, definitions, hub, log }: DefinitionsInUseParts): DefinitionsInUse {
  const { bootstrap, localFlags, updatePolicy } = settings
  const isHeld = updatePolicy !== 'immediate' && !localFlags
  let source: Status['source'] = 'none'
  /** The origin of the latest definitions, which may be held back. */
  let latest: Source = 'network'

  const tell = (from: Source, change: Change | undefined) => hub.emit('definitions', { source: from, change })
  const applyLocalFlags = () => definitions.apply(localDefinitions(localFlags ?? {}, log.warn), undefined, true)
  /** Holds back all further definitions, until the next page load or `update()`, if the policy says so. */
  const hold = () => {
    if (isHeld) definitions.hold()
  }

  hub.on('definitions', ({ source: from }) => {
    latest = from
    // Definitions that are held back are not in use, so the source stays what it was.
    if (!isHeld || source === 'none') source = from
    hold()
  })

  return {
    source: () => source,
    start() {
      if (bootstrap) {
        if (definitions.isAnswer(bootstrap.splitChanges)) tell('bootstrap', definitions.apply(bootstrap.splitChanges))
        else log.warn('bootstrap ignored')
      }
      if (localFlags) tell('local', applyLocalFlags())
    },
    update() {
      const change = localFlags ? applyLocalFlags() : definitions.showLatest()
      hold()
      if (change) tell((source = latest), change)
      return change !== undefined
    },
  }
}
