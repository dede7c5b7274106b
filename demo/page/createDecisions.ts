import { computed, signal } from '@preact/signals'
import type { createClient } from '../../src/client/createClient'
import type { Client } from '../../src/client/types/client'
import type { Attributes } from '../../src/evaluation/types'
import type { Definition } from '../server/types'
import { counted } from './amount'
import { decideAll, type Decision } from './decideAll'
import { config, environment, inEnvironment } from './environment'
import { nextKey } from './nextKey'
import { parseAttributes } from './parseAttributes'
import { request } from './request'

/** The panel's element, as far as this page uses it. */
export interface Devtools extends HTMLElement {
  client?: Client | null
  decisionAttributes?: Attributes | undefined
}

interface User {
  key: string
  bucketingKey: string
  attributes: Attributes | undefined
}

/** The decisions of the page: the user, the client, and the results. */
export function createDecisions({ createClient: create, devtools }: DecisionsDeps) {
  const shared = new URLSearchParams(location.search)
  const fields = {
    key: signal(shared.get('key') || 'user-1'),
    bucketingKey: signal(shared.get('bucketingKey') ?? ''),
    attributes: signal(shared.get('attributes') ?? ''),
  }
  const errors = { key: signal(''), attributes: signal('') }
  const status = signal('')
  const readiness = signal('starting')
  const decisions = signal<readonly Decision[]>([])
  const definitions = signal<ReadonlyMap<string, Definition>>(new Map())
  const filter = signal(shared.get('flag') ?? '')
  /** The flag whose explanation is shown. */
  const explained = signal(shared.get('flag') ?? '')
  const shown = computed(() => {
    const wanted = filter.value.trim().toLowerCase()
    return decisions.value.filter(({ flag, treatment, label }) =>
      [flag, treatment, label ?? ''].some((text) => text.toLowerCase().includes(wanted)),
    )
  })
  let client: Client | undefined
  /** Key and bucketing key of `client`. */
  let clientFor = ''
  /** The user of the newest decision. */
  let last: User | undefined
  /** The number of the newest decision. Decisions may overlap, and only the newest is shown. */
  let turn = 0

  /** @param again the user of the decision before, where flags have changed: the form may hold half a key by then */
  async function decide(again?: User) {
    if (!create) {
      readiness.value = 'not built'
      status.value = 'There is no built SDK: run npm run build, then load this page again.'
      return
    }
    const user = again ?? readUser()
    if (!user) return
    const mine = ++turn
    last = user
    if (!again) share(user)
    const chosen = await clientOf(create, user)
    if (devtools) devtools.decisionAttributes = user.attributes
    await chosen.whenReady()
    if (mine !== turn) return
    const flags = await request<Definition[]>(`/qa/flags?${inEnvironment()}`)
    const made = await decideAll(chosen, user.attributes)
    if (mine !== turn) return
    definitions.value = new Map(flags.map((flag) => [flag.name, flag]))
    decisions.value = made
    readiness.value = chosen.status().ready ? 'ready' : made.length > 0 ? 'from cache' : 'not ready'
    status.value = `Decided ${counted(made.length, 'flag')} for ${user.key}.`
  }

  /** The client of this user: the present one if it is theirs, or else a new one. */
  async function clientOf(make: typeof createClient, { key, bucketingKey }: User): Promise<Client> {
    const wanted = JSON.stringify([key, bucketingKey])
    if (client && wanted === clientFor) return client
    const before = client
    const { apiUrl } = config
    clientFor = wanted
    const made: Client = make({
      sdkKey: environment.sdkKey,
      key: bucketingKey ? { matchingKey: key, bucketingKey } : key,
      allowOverrides: true,
      // An event needs a traffic type. Most flags of the demo have this one.
      trafficType: 'user',
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    })
    client = made
    if (devtools) devtools.client = made
    const isCurrent = () => made === client
    made.on('update', () => {
      if (isCurrent() && made.status().ready) void decide(last)
    })
    // The client is ready after all. Until then its answers came from the cache, or there were none.
    made.once('timeout', () => {
      made.once('ready', () => {
        if (isCurrent()) void decide(last)
      })
    })
    await before?.destroy()
    return made
  }

  /** The values of the form, or undefined when one is wrong; then its field says why and has the focus. */
  function readUser(): User | undefined {
    const key = fields.key.value.trim()
    const parsed = parseAttributes(fields.attributes.value)
    errors.attributes.value = 'error' in parsed ? parsed.error : ''
    errors.key.value = key ? '' : 'A key is needed: the id of a user, for example user-42.'
    if (key && 'attributes' in parsed) {
      return { key, bucketingKey: fields.bucketingKey.value.trim(), attributes: parsed.attributes }
    }
    document.getElementById(key ? 'attributes' : 'key')?.focus()
    return undefined
  }

  /** Puts the user into the address, so that it can be passed on. */
  function share({ key, bucketingKey }: User) {
    const query = new URLSearchParams(location.search)
    const parts = { key, bucketingKey, attributes: fields.attributes.value.trim() }
    for (const [name, value] of Object.entries(parts)) {
      if (value) query.set(name, value)
      else query.delete(name)
    }
    history.replaceState(null, '', `?${query}`)
  }

  return {
    fields,
    errors,
    status,
    readiness,
    decisions,
    definitions,
    shown,
    filter,
    explained,
    decide: () => decide(),

    async next() {
      fields.key.value = nextKey(fields.key.value.trim())
      await decide()
    },

    /** Sends what waits now, instead of in some minutes. */
    async send() {
      status.value = 'Sending…'
      await client?.flush()
      status.value = 'Sent what was waiting.'
    },

    track(event: string, value: number | undefined) {
      const isTaken = client?.track(event, value === undefined ? {} : { value }) === true
      status.value = isTaken
        ? `Recorded the event ${event}. It is sent within a minute, and at Send now.`
        : `${event || 'This'} cannot be the name of an event.`
    },
  }
}

interface DecisionsDeps {
  createClient: typeof createClient | undefined
  devtools: Devtools | undefined
}

export type Decisions = ReturnType<typeof createDecisions>
