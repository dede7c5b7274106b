import { HOUR_MS } from '../../shared/hour'
import { isSameVersion } from '../../shared/changeNumbers'
import { createPoll } from './poll'
import type { FlagData } from '../../definitions/flagData'
import type { FirstAnswer, Spec } from '../../definitions/types'
import type { ChangeNumbers } from '../../shared/changeNumbers'
import type { Change } from '../../shared/hub'
import type { Http, HttpAnswer } from '../http'
import type { Asked, Poll, PollParts } from './poll'

/** The way in which definitions or memberships are to be fetched. */
export interface FetchOptions {
  /** Asks HTTP caches for a fresh answer. */
  noCache?: boolean
  /** A change number that is put into the address, so that a CDN which is behind has no answer for it and asks the service. */
  till?: number | undefined
}

export interface DefinitionsPoll extends Poll<FetchOptions> {
  /** The spec that the service is spoken to in. */
  readonly spec: () => Spec
}

interface DefinitionsPollParts
  extends
    Omit<PollParts<FetchOptions>, 'what' | 'resource' | 'url' | 'ask'>,
    Pick<FlagData, 'service' | 'definitions' | 'firstRequests'> {
  http: Pick<Http, 'get'>
  /** Definitions come from a proxy, not from the service itself: old proxies speak spec 1.2 only. */
  isProxied: boolean
  /** Makes a change that the service brought, stores it and tells of it. */
  change: (makeChange: () => Change | undefined) => void
  /** Called in place of `change` for an answer that the first file has already applied. */
  onApplied: () => void
}

/** The time for which spec 1.2 is used with a proxy that does not know 1.3, before 1.3 is tried again, ms. */
const RECHECK_SPEC_MS = HOUR_MS
const NOTHING: ChangeNumbers = { flags: -1, ruleBasedSegments: -1 }

export function createDefinitionsPoll(parts: DefinitionsPollParts): DefinitionsPoll {
  const { http, service, definitions, firstRequests, isProxied, change, onApplied, clock } = parts
  /** The time when the proxy last turned spec 1.3 down, epoch ms. */
  let oldSpecAt: number | undefined
  /** Whether everything may be asked for after a 400. That is done until it is answered, once a page. */
  let mayStartAnew = true

  const take = (body: unknown, since: ChangeNumbers, isReset: boolean): void => {
    if (!definitions.isAnswer(body)) throw new Error()
    if (isReset) {
      oldSpecAt = undefined
      mayStartAnew = false
    }
    change(() => definitions.apply(body, since, isReset))
  }
  const ask = async ({ noCache = false, till }: FetchOptions, signal: AbortSignal): Promise<Asked> => {
    const known = definitions.changeNumbers()
    const get = async (spec: Spec, since: ChangeNumbers, isReset = false, underWay?: Promise<FirstAnswer>) => ({
      answer: await http.get(service.definitions(spec, since) + (till ? `&till=${till}` : ''), {
        noCache,
        signal,
        underWay,
      }),
      take: (json: HttpAnswer['json']) => take(json(), since, isReset),
    })
    const isOld = oldSpecAt !== undefined
    // The comparison is false where spec 1.3 was not turned down.
    if (clock.now() - (oldSpecAt as number) <= RECHECK_SPEC_MS) return get('1.2', known)

    const first = firstRequests.takeDefinitions()
    // The first file's answer is of no use where something newer came since it was asked for, or where a decision found the cache that
    // it builds on to be wrong.
    const isGood = first && (first.isApplied ? !definitions.isDistrusted() : isSameVersion(first.since, known))
    const underWay = isGood ? first.answer : undefined
    let asked = await get('1.3', known, false, underWay)
    if (underWay && first?.isApplied) return { ...asked, take: onApplied }
    // The proxy was upgraded to spec 1.3. Its change numbers may differ, so everything is fetched again.
    if (isOld && asked.answer.status === 200) return get('1.3', NOTHING, true)
    let isNothingKnown = isSameVersion(known, NOTHING)
    if (asked.answer.status === 400 && !isOld && !isNothingKnown && mayStartAnew) {
      // The service does not know the change numbers of the cache, or does not understand them.
      isNothingKnown = true
      asked = await get('1.3', NOTHING, true)
    }
    if (asked.answer.status === 400 && isProxied && (isOld || isNothingKnown)) {
      oldSpecAt = clock.now()
      return get('1.2', known)
    }
    return asked
  }

  return {
    ...createPoll<FetchOptions>({
      ...parts,
      what: 'definitions',
      url: service.definitionsUrl,
      ask,
    }),
    spec: () => (oldSpecAt === undefined ? '1.3' : '1.2'),
  }
}
