import { createFetchWorker } from './fetchWorker'
import { decodeText } from './decode'
import type { Clock } from '../../../browser/clock'
import type { FlagData } from '../../../definitions/flagData'
import type { Polling } from '../polling'
import type { ChangeNumbers } from '../../../shared/changeNumbers'
import type { Message } from './messages'

/** Brings the changes of flags and rule-based segments that messages announce. */
export interface DefinitionUpdates {
  /** Applies the change of a message, or fetches it. */
  update(kind: keyof ChangeNumbers, message: Message): Promise<void>
  /** Kills a flag at once, and fetches its definition. */
  kill(message: Message): void
  /** Gives up on what was announced and is not there yet. */
  cancel(): void
}

interface DefinitionUpdatesParts {
  polling: Pick<Polling, 'change' | 'refresh'>
  definitions: FlagData['definitions']
  clock: Pick<Clock, 'after'>
}

interface Matcher {
  matcherType?: unknown
  userDefinedSegmentMatcherData?: { segmentName?: unknown } | null
}

export function createDefinitionUpdates({ polling, definitions, clock }: DefinitionUpdatesParts): DefinitionUpdates {
  const numberOf = (kind: keyof ChangeNumbers) => definitions.changeNumbers()[kind]
  const worker = createFetchWorker<keyof ChangeNumbers>({
    kinds: ['flags', 'ruleBasedSegments'],
    numberOf,
    fetch: polling.refresh,
    baseMs: 10_000,
    mostMs: 60_000,
    clock,
  })

  /** Applies a change that the message itself brought, if it follows directly what is here. Resolves with whether that worked. */
  const apply = async (kind: keyof ChangeNumbers, { number, pcn, c, d }: Message): Promise<boolean> => {
    const isNext = () => numberOf(kind) === pcn
    try {
      if (typeof c !== 'number' || typeof d !== 'string' || !isNext()) return false
      const names: unknown[] = []
      const definition = JSON.parse(await decodeText(d, c), (_, value: Matcher | null) => {
        if (value?.matcherType === 'IN_RULE_BASED_SEGMENT') names.push(value.userDefinedSegmentMatcherData?.segmentName)
        return value
      }) as { name?: unknown } | null
      // A flag may come before the rule-based segment that it uses; then both are fetched.
      const isKnown = (name: unknown) => typeof name === 'string' && definitions.ruleBasedSegment(name) !== undefined
      const isFlag = kind === 'flags'
      if (!isNext() || typeof definition?.name !== 'string' || (isFlag && !names.every(isKnown))) return false
      const half = { t: number, d: [definition] }
      polling.change(() => definitions.apply(isFlag ? { ff: half } : { rbs: half }))
      return true
    } catch {
      return false
    }
  }

  return {
    async update(kind, message) {
      // A change that follows directly what is here is applied even while an earlier announcement is still being fetched.
      if (message.number > numberOf(kind) && !(await apply(kind, message))) worker.request(kind, message.number)
    },
    kill({ splitName, defaultTreatment, number }) {
      const change = definitions.kill(splitName as string, defaultTreatment as string, number)
      // The flag's definition, and the number that confirms it, are still to come.
      if (change) polling.change(() => change, false)
      worker.request('flags', number)
    },
    cancel: worker.cancel,
  }
}
