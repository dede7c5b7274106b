import { createFetchWorker } from './fetchWorker'
import { decodeText } from './decode'
import type { Clock } from '../../../browser/clock'
import type { Definitions } from '../../../definitions/definitions'
import type { Sync } from '../sync'
import type { ChangeNumbers } from '../../../definitions/types'
import type { Message } from './messages'

/** Brings announced changes of flags and rule-based segments. */
export interface DefinitionUpdates {
  update(kind: keyof ChangeNumbers, message: Message): Promise<void>
  kill(message: Message): void
  cancel(): void
}

interface DefinitionUpdatesParts {
  sync: Pick<Sync, 'change' | 'refresh'>
  definitions: Definitions
  clock: Pick<Clock, 'after'>
}

interface Matcher {
  matcherType?: unknown
  userDefinedSegmentMatcherData?: { segmentName?: unknown } | null
}

export function createDefinitionUpdates({ sync, definitions, clock }: DefinitionUpdatesParts): DefinitionUpdates {
  const targets = { flags: -1, ruleBasedSegments: -1 }
  const kinds = ['flags', 'ruleBasedSegments'] as const
  const missing = () => kinds.find((kind) => targets[kind] > definitions.changeNumbers()[kind])

  const worker = createFetchWorker({
    fetch(isBypass) {
      const kind = missing()
      return sync.refresh({ noCache: true, ...(isBypass && kind && { till: targets[kind] }) })
    },
    isReached: () => !missing(),
    onEnd() {
      targets.flags = targets.ruleBasedSegments = -1
    },
    baseMs: 10_000,
    mostMs: 60_000,
    clock,
  })
  const isNews = (kind: keyof ChangeNumbers, changeNumber: unknown): changeNumber is number =>
    typeof changeNumber === 'number' && changeNumber > definitions.changeNumbers()[kind] && changeNumber > targets[kind]
  const fetch = (kind: keyof ChangeNumbers, changeNumber: number) => {
    targets[kind] = changeNumber
    worker.request()
  }

  /** Applies the change itself, where the message brought it and it follows what is here. Resolves with whether that worked. */
  const apply = async (kind: keyof ChangeNumbers, { changeNumber, pcn, c, d }: Message): Promise<boolean> => {
    const isNext = () => definitions.changeNumbers()[kind] === pcn
    if (typeof c !== 'number' || typeof d !== 'string' || !isNext()) return false
    try {
      const names: unknown[] = []
      const definition = JSON.parse(await decodeText(d, c), (_, value: Matcher | null) => {
        if (value?.matcherType === 'IN_RULE_BASED_SEGMENT') names.push(value.userDefinedSegmentMatcherData?.segmentName)
        return value
      }) as { name?: unknown } | null
      if (!isNext() || typeof definition?.name !== 'string') return false
      // A flag may come ahead of the rule-based segment that it asks for; then both are fetched.
      const isKnown = (name: unknown) => typeof name === 'string' && definitions.ruleBasedSegment(name) !== undefined
      if (kind === 'flags' && !names.every(isKnown)) return false
      const half = { t: changeNumber, d: [definition] }
      sync.change(() => definitions.apply(kind === 'flags' ? { ff: half } : { rbs: half }))
      return true
    } catch {
      return false
    }
  }

  return {
    async update(kind, message) {
      const { changeNumber } = message
      const isNewer = typeof changeNumber === 'number' && changeNumber > definitions.changeNumbers()[kind]
      // What follows what is here need not wait for what was announced before.
      if (isNewer && !(await apply(kind, message)) && isNews(kind, changeNumber)) fetch(kind, changeNumber)
    },
    kill({ splitName, defaultTreatment, changeNumber }) {
      if (typeof changeNumber !== 'number') return
      if (typeof splitName === 'string' && typeof defaultTreatment === 'string') {
        const change = definitions.kill(splitName, defaultTreatment, changeNumber)
        // The flag's definition, and the number that confirms it, are still to come.
        if (change) sync.change(() => change, false)
      }
      if (isNews('flags', changeNumber)) fetch('flags', changeNumber)
    },
    cancel: worker.cancel,
  }
}
