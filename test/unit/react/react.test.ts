// @vitest-environment happy-dom
import {
  act,
  Activity,
  Component,
  createElement as h,
  StrictMode,
  Suspense,
  useEffect,
  useState,
  useTransition,
  type ReactNode,
} from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestClient, type TestClient } from '../../../src/testing/createTestClient'
import {
  hooksOf,
  PennonProvider,
  useClient,
  useStatus,
  useSuspenseTreatment,
  useTreatment,
  useTreatments,
  useTreatmentWithConfig,
  type HookOptions,
} from '../../../src/react'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'
import type { Impression } from '../../../src/impressions/types'
import { definitionsOf, flag, inSegment, rule } from '../../browser/site'

let place: HTMLElement
let root: Root
let complaints: unknown[][]
beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  place = document.createElement('div')
  root = createRoot(place, { onCaughtError: () => undefined })
  complaints = []
  vi.spyOn(console, 'error').mockImplementation((...line) => void complaints.push(line))
})
afterEach(async () => {
  await act(async () => root.unmount())
  expect(complaints).toEqual([])
})

const draw = (element: ReactNode) => act(async () => root.render(element))
const within = (client: Client, ...children: ReactNode[]) => h(PennonProvider, { client }, ...children)
const shown = () => place.textContent
const recorded = ({ recorded: { impressions } }: TestClient) =>
  impressions.map((one) => `${one.flag}: ${one.treatment}`)

/** Shows the error that is thrown below it. */
class Boundary extends Component<{ children?: ReactNode }, { error: unknown }> {
  static getDerivedStateFromError = (error: unknown) => ({ error })
  override state = { error: undefined as unknown }
  override render = () => (this.state.error as Error | undefined)?.message ?? this.props.children
}

/** Draws a flag's treatment, and counts how often. */
let drawings: string[] = []
const Flag = ({ name, options }: { name: string; options?: HookOptions }) => {
  drawings.push(name)
  return h('p', null, useTreatment(name, options))
}
beforeEach(() => {
  drawings = []
})

describe('useTreatment', () => {
  it('draws again what a change concerns, and nothing else', async () => {
    const client = createTestClient({ flags: { a: 'on', b: 'off' } })
    await draw(within(client, h(Flag, { name: 'a', key: 1 }), h(Flag, { name: 'b', key: 2 })))
    expect(shown()).toBe('onoff')
    drawings = []
    await act(async () => client.set('a', 'off'))
    expect(shown()).toBe('offoff')
    expect(drawings).toEqual(['a'])
  })

  it('records one impression for each use on the page and each answer', async () => {
    const client = createTestClient({ flags: { a: 'on' } })
    const tree = () =>
      within(
        client,
        h(Flag, { name: 'a', key: 1, options: { attributes: { plan: 'pro' } } }),
        h(Flag, { name: 'a', key: 2 }),
      )
    await draw(tree())
    expect(recorded(client)).toEqual(['a: on', 'a: on'])
    expect(client.recorded.impressions[0]?.attributes).toEqual({ plan: 'pro' })
    await draw(tree())
    expect(recorded(client)).toHaveLength(2)
    await act(async () => client.set('a', { treatment: 'on', config: '{}' }))
    expect(recorded(client)).toHaveLength(2)
    await act(async () => client.set('a', 'off'))
    expect(recorded(client).slice(2)).toEqual(['a: off', 'a: off'])
    await act(async () => client.set('a', { treatment: 'on', config: '{}' }))
    expect(recorded(client).slice(4)).toEqual(['a: on', 'a: on'])
  })

  it('records what is drawn after a grant, although the same was shown while the user had declined', async () => {
    const client = createTestClient({ flags: { a: 'on' }, consent: 'declined' })
    const tree = () => within(client, h(Flag, { name: 'a' }))
    await draw(tree())
    expect([shown(), recorded(client)]).toEqual(['on', []])
    client.consent.set('granted')
    await draw(tree())
    await draw(tree())
    expect(recorded(client)).toEqual(['a: on'])
  })

  it('makes one impression in StrictMode, which draws and runs effects twice', async () => {
    const client = createTestClient({ flags: { a: 'on' } })
    await draw(h(StrictMode, null, within(client, h(Flag, { name: 'a' }))))
    expect(drawings.length).toBeGreaterThan(1)
    expect(recorded(client)).toEqual(['a: on'])
  })

  it('makes no impression of a drawing that is thrown away', async () => {
    const client = createTestClient({ flags: { a: 'on', b: 'on', c: 'on' } })
    const never = new Promise<never>(() => undefined)
    const Waiting = (): ReactNode => {
      // oxlint-disable-next-line typescript/only-throw-error -- React waits for it.
      throw never
    }
    let go!: (page: string) => void
    const Pages = () => {
      const [page, setPage] = useState('a')
      const [, startTransition] = useTransition()
      go = (next) => startTransition(() => setPage(next))
      return h(Suspense, null, h(Flag, { name: page, key: page }), page === 'b' && h(Waiting))
    }
    await draw(within(client, h(Pages)))
    await act(async () => go('b'))
    expect(drawings).toContain('b')
    await act(async () => go('c'))
    expect(shown()).toBe('on')
    expect(recorded(client)).toEqual(['a: on', 'c: on'])
  })

  it('hands on the options of an impression', async () => {
    const client = createTestClient({ flags: { a: 'on' } })
    await draw(within(client, h(Flag, { name: 'a', options: { properties: { place: 'top' } } })))
    expect(client.recorded.impressions[0]?.properties).toEqual({ place: 'top' })
  })

  it('records under the flag that is drawn when its name changes and its answer does not', async () => {
    const client = createTestClient({ flags: { a: 'on', b: 'on' } })
    await draw(within(client, h(Flag, { name: 'a' })))
    await draw(within(client, h(Flag, { name: 'b' })))
    expect(recorded(client)).toEqual(['a: on', 'b: on'])
  })

  it('says where there is no provider', async () => {
    await draw(h(Boundary, null, h(Flag, { name: 'a' })))
    expect(shown()).toContain('no <PennonProvider> above')
  })
})

describe('useTreatmentWithConfig', () => {
  it('gives the same object while neither treatment nor configuration changes', async () => {
    const client = createTestClient({ flags: { a: { treatment: 'on', config: '{"x":1}' }, b: 'on' } })
    const seen = new Set<unknown>()
    const Configured = () => {
      const answer = useTreatmentWithConfig('a')
      seen.add(answer)
      return `${answer.treatment} ${answer.config}`
    }
    await draw(within(client, h(Configured)))
    await draw(within(client, h(Configured)))
    await act(async () => client.set('b', 'off'))
    expect([...seen]).toEqual([{ treatment: 'on', config: '{"x":1}' }])
    await act(async () => client.set('a', { treatment: 'on', config: '{"x":2}' }))
    expect(shown()).toBe('on {"x":2}')
    expect(recorded(client)).toEqual(['a: on', 'a: on'])
  })
})

describe('useTreatments', () => {
  it('gives the same object while none changes, and records what changed', async () => {
    const client = createTestClient({ flags: { a: 'on', b: 'on', c: 'on' } })
    const seen = new Set<unknown>()
    const Several = () => {
      const answers = useTreatments(['a', 'b'])
      seen.add(answers)
      return Object.entries(answers).join(' ')
    }
    await draw(within(client, h(Several)))
    await draw(within(client, h(Several)))
    await act(async () => client.set('c', 'off'))
    expect([...seen]).toEqual([{ a: 'on', b: 'on' }])
    await act(async () => client.set('b', 'off'))
    expect(shown()).toBe('a,on b,off')
    expect(recorded(client)).toEqual(['a: on', 'b: on', 'b: off'])
  })

  it.each([
    ['a name instead of a list', 'a', { a: 'on' }],
    ['no list', undefined, { undefined: 'control' }],
  ])('draws where it is given %s', async (_what, flags, expected) => {
    const client = createTestClient({ flags: { a: 'on' }, logLevel: 'none' })
    const Several = () => JSON.stringify(useTreatments(flags as unknown as string[]))
    await draw(within(client, h(Several)))
    expect(JSON.parse(shown() ?? '')).toEqual(expected)
  })
})

describe('a provider with settings', () => {
  /** A flag that is on for one user and off for others. */
  const forAna = flag('a', {
    conditions: [rule('on', { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['ana'] } })],
  })
  const impressions: Impression[] = []
  const settings = (over: Partial<Settings> = {}): Settings => ({
    sdkKey: 'sdk-key',
    key: 'ana',
    bootstrap: { splitChanges: definitionsOf([forAna]) },
    // No request of this test goes to a network.
    server: 'always',
    impressionListener: (impression) => impressions.push(impression),
    logLevel: 'none',
    ...over,
  })
  beforeEach(() => {
    impressions.length = 0
  })
  const of = (given: Settings, ...children: ReactNode[]) => h(PennonProvider, { settings: given }, ...children)

  it('draws by bootstrap from the first time on, and records once', async () => {
    const first = vi.fn()
    const Once = () => {
      const treatment = useTreatment('a')
      first(treatment)
      return treatment
    }
    await draw(h(StrictMode, null, of(settings(), h(Once))))
    expect(first.mock.calls[0]).toEqual(['on'])
    expect(impressions).toMatchObject([{ flag: 'a', treatment: 'on', key: 'ana' }])
  })

  it('makes one client, StrictMode or not, and destroys it when it leaves', async () => {
    const clients = new Set<Client>()
    const Keep = () => {
      const client = useClient()
      clients.add(client)
      return String(client.track('shown', { trafficType: 'user' }))
    }
    await draw(h(StrictMode, null, of(settings(), h(Keep))))
    expect(shown()).toBe('true')
    const [live, ...others] = [...clients].filter((client) => client.consent.get() === 'granted')
    expect(others).toEqual([])
    await draw(h(StrictMode, null, of(settings(), h(Keep))))
    expect(live?.status().destroyed).toBe(false)
    await draw(null)
    expect(live?.status().destroyed).toBe(true)
  })

  it('has a client for each provider, and another one when a provider comes again', async () => {
    const clients = new Set<Client>()
    const Keep = () => {
      const client = useClient()
      if (client.consent.get() === 'granted') clients.add(client)
      return useTreatment('a')
    }
    const provider = (key: string) => h(PennonProvider, { key, settings: settings() }, h(Keep))
    await draw([provider('first'), provider('second')])
    expect(shown()).toBe('onon')
    await draw([provider('third')])
    expect(shown()).toBe('on')
    expect([...clients].map((client) => client.status().destroyed)).toEqual([true, true, false])
    expect(impressions).toHaveLength(3)
  })

  it('never shows one user what another got', async () => {
    const seen: string[] = []
    const Who = ({ user }: { user: string }) => {
      const treatment = useTreatment('a')
      seen.push(`${user}: ${treatment}`)
      return treatment
    }
    for (const user of ['ana', 'bo', 'ana']) await draw(of(settings({ key: user }), h(Who, { user })))
    expect(new Set(seen)).toEqual(new Set(['ana: on', 'bo: off']))
    expect(impressions.map(({ key, treatment }) => `${key}: ${treatment}`)).toEqual(['ana: on', 'bo: off', 'ana: on'])
  })

  it('makes another client for another environment, and never shows what the last one answered', async () => {
    const clients = new Set<Client>()
    const seen: string[] = []
    const Where = ({ sdkKey }: { sdkKey: string }) => {
      const client = useClient()
      if (client.consent.get() === 'granted') clients.add(client)
      const treatment = useTreatment('a')
      seen.push(`${sdkKey}: ${treatment}`)
      return treatment
    }
    for (const [sdkKey, definition] of [
      ['one', forAna],
      ['two', flag('a', { defaultTreatment: 'off', killed: true })],
    ] as const) {
      const bootstrap = { splitChanges: definitionsOf([definition]) }
      await draw(h(StrictMode, null, of(settings({ sdkKey, bootstrap }), h(Where, { sdkKey }))))
    }
    expect(new Set(seen)).toEqual(new Set(['one: on', 'two: off']))
    expect(impressions.map(({ treatment }) => treatment)).toEqual(['on', 'off'])
    expect([...clients].map((client) => client.status().destroyed)).toEqual([true, false])
    await draw(null)
    expect([...clients].map((client) => client.status().destroyed)).toEqual([true, true])
  })

  it('destroys the client that it made when it is given one, and makes another when it is given settings again', async () => {
    const clients: Client[] = []
    const Seen = () => {
      const client = useClient()
      if (!clients.includes(client) && client.consent.get() === 'granted') clients.push(client)
      return useTreatment('a')
    }
    const given = createTestClient({ flags: { a: 'given' } })
    for (const [element, text] of [
      [of(settings(), h(Seen)), 'on'],
      [within(given, h(Seen)), 'given'],
      [of(settings(), h(Seen)), 'on'],
    ] as const) {
      await draw(element)
      expect(shown()).toBe(text)
    }
    expect(clients.map((client) => client.status().destroyed)).toEqual([true, false, false])
    expect(clients[1]).toBe(given)
  })

  it('records nothing of a client that is not ready', async () => {
    await draw(of(settings({ bootstrap: undefined }), h(Flag, { name: 'a' })))
    expect(shown()).toBe('control')
    expect(impressions).toEqual([])
  })

  it.each([
    ['sdkKey must be', { sdkKey: '' }],
    // The key is null, as that of a user who is not known yet.
    ['key must be', { key: null as unknown as string }],
  ])('tells a mistake while drawing: %s', async (words, over) => {
    await draw(h(Boundary, null, of(settings(over))))
    expect(shown()).toContain(words)
  })

  it.each([
    ['settings', { sdkKey: 'sdk-key', key: 'ana' }],
    ['a promise', Promise.resolve(createTestClient({ flags: {} }))],
  ])('tells while drawing that %s given as a client are none', async (_what, client) => {
    await draw(h(Boundary, null, within(client as unknown as Client, h(Flag, { name: 'a' }))))
    expect(shown()).toBe('client must be a client')
  })

  it('shows what it showed when a part of the page that was put aside comes back', async () => {
    const seen: string[] = []
    const log: string[] = []
    const hear = (...line: unknown[]) => void log.push(line.join(' '))
    const given = settings({ logLevel: 'warn', logger: { debug: hear, info: hear, warn: hear, error: hear } })
    const See = () => {
      const treatment = useTreatment('a')
      seen.push(treatment)
      return treatment
    }
    for (const mode of ['visible', 'hidden', 'visible'] as const)
      await draw(h(Activity, { mode, children: of(given, h(See)) }))
    expect(new Set(seen)).toEqual(new Set(['on']))
    expect(log).toEqual([])
    // It is recorded once each time that the component is on the page.
    expect(impressions).toMatchObject([{ treatment: 'on' }, { treatment: 'on' }])
  })

  it('tracks from an effect that names the client', async () => {
    const tracked: boolean[] = []
    const Track = () => {
      const client = useClient()
      useEffect(() => void tracked.push(client.track('seen', { trafficType: 'user' })), [client])
      return null
    }
    await draw(of(settings(), h(Track)))
    expect(tracked).toEqual([false, true])
  })
})

describe('a client that becomes ready', () => {
  it('suspends until then, and is asked for its status', async () => {
    const client = createTestClient({ flags: { a: 'on' } })
    let makeReady!: () => void
    let isReady = false
    const decidable = new Promise<void>((resolve) => (makeReady = resolve))
    const late: Client = {
      ...client,
      whenReadyFromCache: () => decidable.then(client.status),
      status: () => ({ ...client.status(), ready: isReady, readyFromCache: isReady }),
    }
    const Waits = () => useSuspenseTreatment('a')
    const Says = () => String(useStatus().ready)
    await draw(within(late, h(Says), ' ', h(Suspense, { fallback: 'wait' }, h(Waits))))
    expect(shown()).toBe('false wait')
    expect(recorded(client)).toEqual([])
    await act(async () => {
      isReady = true
      makeReady()
    })
    await draw(within(late, h(Says), ' ', h(Suspense, { fallback: 'wait' }, h(Waits))))
    expect(shown()).toBe('true on')
    expect(recorded(client)).toEqual(['a: on'])
  })
})

describe('a provider that asks the service', () => {
  const splitChanges = definitionsOf([flag('a')])
  const settings: Settings = {
    sdkKey: 'sdk-key',
    key: 'ana',
    bootstrap: { splitChanges },
    streaming: false,
    persistence: 'none',
    logLevel: 'none',
  }
  let client!: Client
  const Keep = () => {
    client = useClient()
    return null
  }
  beforeEach(() => {
    vi.stubGlobal('fetch', async (url: string) =>
      Response.json(url.includes('/splitChanges') ? splitChanges : { ms: { k: [] } }),
    )
  })

  it('begins a part that is hydrated late with the status that the server drew', async () => {
    let isLate = false
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const Says = () => {
      // oxlint-disable-next-line typescript/only-throw-error -- React waits for it.
      if (isLate) throw released
      return h('p', null, String(useStatus().ready))
    }
    const whole = h(PennonProvider, { settings }, h(Keep), h(Suspense, null, h(Says)))
    place = document.createElement('div')
    place.innerHTML = renderToString(whole)
    expect(shown()).toBe('false')
    isLate = true
    const faults: unknown[] = []
    root = await act(async () => hydrateRoot(place, whole, { onRecoverableError: (fault) => faults.push(fault) }))
    await act(async () => client.whenReady())
    expect(shown()).toBe('false')
    isLate = false
    await act(async () => release())
    expect(shown()).toBe('true')
    expect(faults).toEqual([])
  })

  it('draws by bootstrap while a client that allows overrides loads them', async () => {
    const seen = new Set<string>()
    const See = () => {
      seen.add(useTreatment('a'))
      return null
    }
    await draw(h(PennonProvider, { settings: { ...settings, allowOverrides: true } }, h(Keep), h(See)))
    await act(() => expect.poll(() => client.consent.get()).toBe('granted'))
    await act(() => expect.poll(() => client.overrides?.set('a', 'blue')).toBe(true))
    expect([...seen]).toEqual(['on', 'blue'])
  })

  it('stays with the present user when an earlier one becomes ready', async () => {
    const isIn = (segment: string) => ({ ms: { k: [{ n: segment }] }, ls: { k: [] } })
    const definitions = definitionsOf([flag('a', { conditions: [rule('on', inSegment('s'))] })])
    let answerBen!: (answer: Response) => void
    const answers: Record<string, unknown> = {
      splitChanges: Response.json(definitions),
      ana: Response.json(isIn('s')),
      ben: new Promise((resolve) => (answerBen = resolve)),
    }
    vi.stubGlobal('fetch', async (url: string) => answers[/splitChanges|ana|ben/.exec(url)?.[0] ?? ''])
    // The bootstrap alone answers otherwise than the service.
    const bootstrap = { splitChanges: definitions, memberships: { ana: isIn('other') } }
    const drawFor = (key: string) =>
      draw(h(PennonProvider, { settings: { ...settings, key, bootstrap } }, h(Keep), h(Flag, { name: 'a' })))
    await drawFor('ana')
    await act(() => expect.poll(shown).toBe('on'))
    const ben = client.forKey('ben')
    await drawFor('ben')
    await drawFor('ana')
    expect(shown()).toBe('on')
    await act(async () => {
      answerBen(Response.json(isIn('s')))
      await ben.whenReady()
    })
    expect(shown()).toBe('on')
    expect(client.getTreatment('a')).toBe('on')
  })
})

it('hooksOf gives the same hooks for typed flags', () => {
  interface Flags {
    a: 'on' | 'off'
  }
  const typed = hooksOf<Flags>()
  expect(typed.useTreatment).toBe(useTreatment)
  expect(typed.PennonProvider).toBe(PennonProvider)
})
