import { clock } from '../browser/clock'
import { request } from '../browser/request'
import { createService } from '../definitions/service'
import { PennonSettingsError } from '../shared/errors'
import { createHeaders } from '../shared/headers'
import { isPlainObject } from '../shared/isPlainObject'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { validateKey } from '../shared/validateKey'
import type { Bootstrap, Key, Settings } from '../client/types/settings'

/**
 * The settings that say what is loaded, for whom, and from where. Those that `createClient` has too mean the same there:
 * give both the same values.
 */
export interface LoadBootstrapSettings extends Pick<Settings, 'flagSets' | 'flagNames' | 'flagPrefixes' | 'headers'> {
  /** The client-side SDK key of the environment: the definitions are those that the page would get. */
  sdkKey: string
  /** The user, or several, whose memberships come along. @default none: the client asks for them */
  key?: Key | readonly Key[]
  /** Base URL of definitions and memberships: an absolute one, as a server has no page. @default 'https://sdk.split.io/api' */
  urls?: { sdk?: string }
  /** Paths below the base URL. @default '/splitChanges' and '/memberships' */
  paths?: { definitions?: string; memberships?: string }
  /**
   * The function that sends the requests: one for the definitions of the environment, and one for the memberships of each key. A
   * `fetch` that caches loads definitions once for all users. @default the global `fetch`
   */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Deadline of one request, its body included, ms. @default 5_000 */
  requestTimeoutMs?: number
  /** Called at most once a call, with the reason why something could not be loaded. @default console.warn */
  warn?: (message: string) => void
}

/** These change numbers ask for all definitions, because a bootstrap is the whole and not a change. */
const FROM_START = { flags: -1, ruleBasedSegments: -1 }

/**
 * Loads the definitions and memberships that a page brings along, on a server. They are for the `bootstrap` of `createClient`, on the
 * server and in the browser. It never rejects for what the service or the network does, and never takes longer than
 * `requestTimeoutMs`.
 *
 * @returns undefined, which `bootstrap` takes as well, where definitions could not be loaded. A key whose memberships could not
 * be loaded is left out: the client asks for them
 * @throws PennonSettingsError (the promise rejects) where `sdkKey` or a key is not valid
 * @example
 * const bootstrap = await loadBootstrap({ sdkKey: 'YOUR_SDK_KEY', key: user.id })
 */
export async function loadBootstrap(settings: LoadBootstrapSettings): Promise<Bootstrap | undefined> {
  const { sdkKey, key = [], headers, urls, paths } = settings
  // oxlint-disable-next-line no-console -- Where the other log lines of pennon go by default.
  const { requestTimeoutMs = 5_000, warn = console.warn } = settings
  const ask = settings.fetch ?? request
  if (typeof sdkKey !== 'string' || !sdkKey.trim())
    throw new PennonSettingsError('sdkKey', 'must be a non-empty string')
  const matchingKeys = [key].flat().map((given) => {
    const valid = validateKey(given)
    if (!valid)
      throw new PennonSettingsError('key', 'must be a string of 1 to 250 characters, a number or a pair of them')
    return valid.matchingKey
  })

  let isSilent = false
  const say = (message: string) => {
    if (!isSilent) warn(`pennon: ${message}`)
    isSilent = true
  }
  const headersOf = createHeaders(sdkKey, headers, { once: (_level, _fault, line) => say(line) })
  const base = urls?.sdk?.replace(/\/+$/, '') ?? SERVICE_URLS.sdk
  const { definitions = 'splitChanges', memberships = 'memberships' } = paths ?? {}
  const addressOf = (path: string) => `${base}/${path.replace(/^\/+|\/+$/g, '')}`
  const service = createService(addressOf(definitions), addressOf(memberships), settings)

  /**
   * @param older the URL that is asked instead where the first one answers 400
   * @returns an answer that has one of the members; undefined, after a warning, when none came in time
   */
  const get = async (what: string, members: string[], url: string, older?: string) => {
    const deadline = new AbortController()
    let stopTimer = () => {}
    // A `fetch` that is given may not heed the signal.
    const timeOut = new Promise<never>((_, reject) => {
      stopTimer = clock.after(requestTimeoutMs, () => {
        reject(new Error(`no answer within ${requestTimeoutMs} ms`))
        deadline.abort()
      })
    })
    const send = (to: string) => ask(to, { method: 'GET', headers: headersOf(), signal: deadline.signal })
    const load = async (): Promise<unknown> => {
      let response = await send(url)
      if (response.status === 400 && older) response = await send(older)
      if (!response.ok) throw new Error(`status ${response.status}`)
      return response.json()
    }
    try {
      const answer = await Promise.race([load(), timeOut])
      if (!isPlainObject(answer) || !members.some((name) => isFilled(answer[name])))
        throw new Error('an answer of another kind')
      return answer
    } catch (fault) {
      say(`no ${what} for bootstrap: ${fault instanceof Error ? fault.message : String(fault)}`)
      return undefined
    } finally {
      // The signal must not abort any more: Node would empty the body of an answer that a `fetch` keeps.
      stopTimer()
    }
  }

  const [splitChanges, ...answers] = await Promise.all([
    // A proxy that speaks the older spec alone answers 400 to the newer one.
    get(
      'definitions',
      ['ff', 'splits'],
      service.definitions('1.3', FROM_START),
      service.definitions('1.2', FROM_START),
    ),
    ...matchingKeys.map((matchingKey) => get('memberships', ['ms'], service.memberships(matchingKey))),
  ])
  return (
    splitChanges && {
      splitChanges,
      memberships: Object.fromEntries(
        matchingKeys.map((matchingKey, i) => [matchingKey, answers[i]] as const).filter(([, answer]) => answer),
      ),
    }
  )
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
