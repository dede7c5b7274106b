import type { Scenario } from './openStage'

/**
 * The calls that both SDKs answer. A script runs in a page, as text: it sees its kit and the page, and nothing of this file.
 */
export const SCENARIOS: Scenario[] = [
  {
    name: 'decisions',
    pages: [
      async ({ sdk, settings, note, listen }) => {
        const factory = sdk.SplitFactory(settings({ fallbackTreatments: { byFlag: { rescued: 'safe' } } }))
        const client = factory.client()
        listen(client)
        note('status before', client.getStatus())
        note('before ready', [
          client.getTreatment('plain'),
          client.getTreatmentWithConfig('rescued'),
          client.getTreatments(['plain', 'rescued']),
          client.getTreatmentsByFlagSet('checkout'),
        ])
        note('whenReady', await client.whenReady())
        note('whenReadyFromCache', await client.whenReadyFromCache())
        note('ready', await client.ready())
        const { lastUpdate, ...status } = client.getStatus()
        note('status after', [status, lastUpdate])
        note('the status of old versions', 'isReady' in (client as never as { __getStatus(): object }).__getStatus())

        for (const { name } of factory.manager().splits()) {
          note('each flag', [name, client.getTreatment(name), client.getTreatmentWithConfig(name)])
        }
        note('with attributes', client.getTreatmentWithConfig('plan', { plan: 'pro' }))
        const names = [' plain ', 'plain', 'killed', '', 7, null, 'rescued', 'unknown'] as string[]
        note('many', client.getTreatments(names))
        note('many with config', client.getTreatmentsWithConfig(names))
        note('sets', [
          client.getTreatmentsByFlagSet('checkout'),
          client.getTreatmentsByFlagSet(' CHECKOUT '),
          client.getTreatmentsByFlagSet('none'),
          client.getTreatmentsByFlagSet('not allowed!'),
          client.getTreatmentsByFlagSets(['home', 'checkout', '!']),
          client.getTreatmentsWithConfigByFlagSet('home'),
          client.getTreatmentsWithConfigByFlagSets(['home', 'none']),
        ])
        const wrong = [undefined, null, '', '  ', 7, {}, [], true] as never as string[]
        note(
          'wrong flag names',
          wrong.map((name) => client.getTreatmentWithConfig(name)),
        )
        note(
          'wrong lists',
          [undefined, null, [], [''], 'plain', {}].map((list) => client.getTreatments(list as never)),
        )
        note(
          'wrong sets',
          wrong.map((name) => client.getTreatmentsByFlagSet(name)),
        )
        const attributes = [null, {}, [], '', 'x', 0, 7, false, new Date(0), new Map()] as never as { plan: string }[]
        note(
          'wrong attributes',
          attributes.map((given) => client.getTreatment('plain', given)),
        )
        note(
          'wrong attributes of many',
          attributes.map((given) => client.getTreatments(['plain', 'killed'], given)),
        )
        note(
          'wrong attributes of many, with configurations and by set',
          attributes.map((given) => [
            client.getTreatmentsWithConfig(['plain', 'killed'], given),
            client.getTreatmentsByFlagSet('checkout', given),
            client.getTreatmentsWithConfigByFlagSets(['checkout'], given),
          ]),
        )
        const { getTreatment } = client
        note('on its own', getTreatment('plain'))
        await factory.destroy()
        note('destroyed', [
          client.getTreatmentWithConfig('plain'),
          client.getTreatment('rescued'),
          client.getTreatments(['plain']),
          client.getTreatmentsByFlagSet('checkout'),
          client.track('user', 'late'),
        ])
        const { lastUpdate: end, ...statusAtEnd } = client.getStatus()
        note('status at the end', [statusAtEnd, end])
      },
    ],
  },
  {
    name: 'keys',
    pages: [
      async ({ sdk, settings, note, thrown }) => {
        for (const key of [' user-1 ', 42, { matchingKey: 'user-1', bucketingKey: 'b' }] as string[]) {
          const factory = sdk.SplitFactory(settings({}, { key }))
          const client = factory.client()
          await client.whenReady()
          note('key', (client as never as { key: unknown }).key)
          note(
            'treatments',
            ['members', 'split'].map((name) => client.getTreatment(name)),
          )
          await factory.destroy()
        }
        const factory = sdk.SplitFactory(settings())
        for (const key of [null, '', '  ', {}, { matchingKey: 'a' }, NaN, true, 'x'.repeat(251)]) {
          note(
            'a key that is none',
            thrown(() => factory.client(key as string)),
          )
        }
        await factory.destroy()
      },
    ],
  },
  {
    name: 'a missing key',
    pages: [
      ({ sdk, settings, note, thrown }) => {
        note(
          'key',
          thrown(() => sdk.SplitFactory(settings({}, { key: undefined }))),
        )
        note(
          'SDK key',
          thrown(() => sdk.SplitFactory(settings({}, { authorizationKey: '' }))),
        )
      },
    ],
  },
  {
    name: 'attributes',
    pages: [
      async ({ sdk, settings, note }) => {
        const factory = sdk.SplitFactory(settings())
        const client = factory.client()
        await client.whenReady()
        const { matchingKey, ...others } = { matchingKey: 'user-2' }
        const other = factory.client(matchingKey)
        await other.whenReady()
        note('set', client.setAttribute('plan', 'pro'))
        note('bound', client.getTreatment('plan'))
        note('of the call', client.getTreatment('plan', { plan: 'free' }))
        note('of another client', other.getTreatment('plan'))
        note('beside wrong ones', client.getTreatment('plan', 'wrong' as never))
        const wrong = [
          ['', 'x'],
          [7, 'x'],
          ['a', undefined],
          ['a', null],
          ['a', NaN],
          ['a', {}],
          ['a', new Date(0)],
          ['a', [1, 'x']],
          ['a', true],
          ['a', 7],
        ] as [string, string][]
        note(
          'each',
          wrong.map(([name, value]) => client.setAttribute(name, value)),
        )
        note('many', [
          client.setAttributes({ a: 1, b: 'x' }),
          client.setAttributes({ c: 1, d: {} } as never),
          client.setAttributes(null as never),
          client.setAttributes({}),
          client.setAttributes([] as never),
          client.setAttributes(others),
        ])
        note('get', [client.getAttribute('plan'), client.getAttribute('nothing'), client.getAttributes()])
        note('remove', [client.removeAttribute('plan'), client.removeAttribute('plan'), client.getTreatment('plan')])
        note('clear', [client.clearAttributes(), client.getAttributes()])
        await factory.destroy()
      },
    ],
  },
  {
    name: 'manager',
    pages: [
      async ({ sdk, settings, note, listen }) => {
        const factory = sdk.SplitFactory(settings())
        const manager = factory.manager()
        note('before', [manager.names(), manager.splits(), manager.split('plain')])
        listen(manager as never)
        await manager.whenReady()
        note('names', manager.names().sort())
        note(
          'views',
          manager.splits().sort((a, b) => (a.name < b.name ? -1 : 1)),
        )
        note('one', [
          manager.split('split'),
          manager.split(' split '),
          manager.split('unknown'),
          manager.split(7 as never),
        ])
        note('same', manager === factory.manager())
        note('status', Object.keys(manager.getStatus()).sort())
        note('events', manager.Event)
        await factory.destroy()
        note('after', [manager.names(), manager.splits(), manager.split('plain')])
      },
    ],
  },
  ...(['OPTIMIZED', 'debug', 'NONE'] as const).map((mode) => ({
    name: `impressions ${mode}`,
    pages: [
      `async ({ sdk, settings, note, until }) => {
        const heard = []
        const factory = sdk.SplitFactory(settings({
          sync: { impressionsMode: '${mode}' },
          impressionListener: { logImpression: (data) => heard.push(data) },
          integrations: [() => ({ queue: ({ type, payload }) => note('integration', [type, payload.impression.feature]) })],
        }, { key: { matchingKey: 'user-1', bucketingKey: 'b' } }))
        const client = factory.client()
        client.setAttribute('plan', 'pro')
        client.getTreatment('plain')
        await client.whenReady()
        client.getTreatments(['plain', 'killed', 'plan', 'unknown', 'quiet', 'control'], { age: 7 })
        client.getTreatment('plain')
        client.getTreatment('plain', undefined, { properties: { a: 'x', b: 1, c: null, d: {} } })
        client.getTreatment('split', undefined, { properties: {} })
        client.getTreatment('split', undefined, { impressionsDisabled: true })
        client.getTreatment('', undefined)
        client.getTreatmentsByFlagSet('home')
        await until(() => heard.length >= 11)
        heard.forEach((data) => note('listener', data))
        await client.flush()
        await factory.destroy()
      }` as never,
    ],
  })),
  {
    name: 'impressions without labels',
    pages: [
      async ({ sdk, settings }) => {
        const factory = sdk.SplitFactory(settings({}, { labelsEnabled: false }))
        const client = factory.client()
        await client.whenReady()
        client.getTreatment('plain')
        await factory.destroy()
      },
    ],
  },
  {
    name: 'events',
    pages: [
      async ({ sdk, settings, note, until }) => {
        const heard: unknown[] = []
        const factory = sdk.SplitFactory(
          settings({ integrations: [() => ({ queue: ({ payload }) => heard.push(payload) })] }),
        )
        const client = factory.client()
        note('before ready', client.track('user', 'early'))
        await client.whenReady()
        const calls: unknown[][] = [
          ['user', 'plain'],
          ['user', 'value', 12.5],
          ['user', 'null', null],
          ['user', 'infinite', Infinity],
          ['user', 'text', '7'],
          ['USER', 'upper'],
          ['unknown', 'type'],
          ['', 'none'],
          [undefined, 'none'],
          [7, 'none'],
          ['user', ''],
          ['user', undefined],
          ['user', '-x'],
          ['user', 'a'.repeat(80)],
          ['user', 'a'.repeat(81)],
          ['user', 'properties', undefined, { a: 'x', b: 1, c: true, d: null, e: [], f: undefined }],
          ['user', 'properties', undefined, null],
          ['user', 'properties', undefined, []],
          ['user', 'properties', undefined, 'x'],
          ['user', 'big', undefined, { big: 'x'.repeat(15_869) }],
          ['user', 'bigger', undefined, { big: 'x'.repeat(15_870) }],
        ]
        for (const call of calls) {
          const [trafficType, event, value] = call
          note('track', [trafficType, String(event).slice(0, 9), value, client.track(...(call as [string, string]))])
        }
        await until(() => heard.length >= 10)
        note('integration', heard.map((event) => JSON.stringify(event).slice(0, 60)).length)
        note('integration', heard[2])
        await factory.destroy()
      },
    ],
  },
  {
    name: 'consent',
    pages: [
      async ({ sdk, settings, note }) => {
        const factory = sdk.SplitFactory(settings({ userConsent: 'unknown' as 'UNKNOWN' }))
        const client = factory.client()
        const { UserConsent } = factory
        await client.whenReady()
        note('Status', UserConsent.Status)
        note('unknown', [UserConsent.getStatus(), client.getTreatment('plain'), client.track('user', 'waits')])
        await (client as never as { flush(): Promise<void> }).flush()
        note('wrong', [UserConsent.setStatus('GRANTED' as never), UserConsent.setStatus(undefined as never)])
        note('declined', [UserConsent.setStatus(false), UserConsent.getStatus(), factory.settings.userConsent])
        note('while declined', [client.getTreatment('killed'), client.track('user', 'lost')])
        note('granted', [UserConsent.setStatus(true), UserConsent.getStatus(), factory.settings.userConsent])
        note('again', UserConsent.setStatus(true))
        note('while granted', [client.getTreatment('split'), client.track('user', 'goes')])
        await factory.destroy()
      },
    ],
  },
  {
    name: 'a time-out',
    pages: [
      async ({ sdk, settings, note, listen, server }) => {
        await server('fault', '/splitChanges', { delayMs: 700, times: 1 })
        const factory = sdk.SplitFactory(settings({ startup: { readyTimeout: 0.2 } }))
        const client = factory.client()
        listen(client)
        const said = (promise: Promise<unknown>) =>
          promise.then((value) => ['resolved', value]).catch((fault: Error) => [fault.constructor.name, fault.message])
        note('whenReady', await said(client.whenReady()))
        note('whenReadyFromCache', await said(client.whenReadyFromCache()))
        note('ready', (await said(client.ready()))[0])
        // Nobody handles the rejection of this promise.
        void client.ready()
        const { lastUpdate, ...status } = client.getStatus()
        note('status', [status, lastUpdate])
        note('treatment', client.getTreatment('plain'))
        await new Promise((resolve) => client.once(client.Event.SDK_READY, resolve))
        note('whenReady later', await said(client.whenReady()))
        note('ready later', await said(client.ready()))
        const { lastUpdate: later, ...statusLater } = client.getStatus()
        note('status later', [statusLater, later])
        note('treatment later', client.getTreatment('plain'))
        await factory.destroy()
      },
    ],
  },
  {
    name: 'destroyed before ready',
    pages: [
      async ({ sdk, settings, note, listen, server }) => {
        await server('fault', '/splitChanges', { delayMs: 300 })
        const factory = sdk.SplitFactory(settings())
        const client = factory.client()
        listen(client)
        const waiting = [client.whenReady(), client.whenReadyFromCache(), client.ready()].map((promise) =>
          promise.then(
            () => 'resolved',
            () => 'rejected',
          ),
        )
        await factory.destroy()
        // Every answer takes as long: that of the SDK is there before one that is asked for now.
        const pending = fetch(`${factory.settings.urls.sdk}/splitChanges?s=1.3&since=-1&rbSince=-1`).then(
          () => 'pending',
        )
        note('promises', await Promise.all(waiting.map((promise) => Promise.race([promise, pending]))))
        const { isReady, isDestroyed, isOperational } = client.getStatus()
        note('status', [isReady, isDestroyed, isOperational])
      },
    ],
  },
  {
    name: 'updates by polling',
    isPolling: true,
    pages: [
      async ({ sdk, settings, note, listen, server, until }) => {
        const changed = (name: string, changes: object) => ({
          name,
          changeNumber: 2000,
          status: 'ACTIVE',
          killed: false,
          trafficTypeName: 'user',
          defaultTreatment: 'off',
          seed: 1,
          trafficAllocation: 100,
          trafficAllocationSeed: 2,
          sets: [],
          configurations: {},
          conditions: [],
          ...changes,
        })
        const factory = sdk.SplitFactory(settings({ scheduler: { featuresRefreshRate: 1, segmentsRefreshRate: 1 } }))
        const client = factory.client()
        const other = factory.client('user-2')
        listen(client)
        listen(other, 'events of another key')
        await Promise.all([client.whenReady(), other.whenReady()])
        note('before', [client.getTreatment('killed'), client.getTreatment('members'), other.getTreatment('members')])
        let updates = 0
        client.on(client.Event.SDK_UPDATE, () => updates++)
        const { ff, rbs } = (await (
          await fetch(`${factory.settings.urls.sdk}/splitChanges?s=1.3&since=-1&rbSince=-1`, {
            headers: { authorization: 'Bearer sdk-key-0123' },
          })
        ).json()) as { ff: { d: { name: string }[] }; rbs: object }
        const kept = ff.d.filter(({ name }) => name !== 'killed' && name !== 'quiet')
        await server('setDefinitions', {
          ff: { s: -1, t: 2000, d: [...kept, changed('killed', { killed: true, defaultTreatment: 'dead' })] },
          rbs,
        })
        await until(() => updates === 1)
        note('after a change', [client.getTreatment('killed'), client.getTreatment('quiet')])
        await server('setMemberships', { 'user-1': { segments: [], largeSegments: [] } })
        await until(() => updates === 2)
        note('after leaving a segment', [client.getTreatment('members'), other.getTreatment('members')])
        await until(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('since=2000')))
        await factory.destroy()
      },
    ],
  },
  {
    name: 'updates by streaming',
    isPolling: true,
    memberships: { 'user-1': { segments: ['staff'] }, 'user-2': { segments: [] } },
    pages: [
      async ({ sdk, settings, note, listen, server, until }) => {
        const factory = sdk.SplitFactory(settings({ streamingEnabled: true }))
        const client = factory.client()
        const other = factory.client('user-2')
        listen(client)
        listen(other, 'events of another key')
        const fetched = (path: string) =>
          performance.getEntriesByType('resource').filter(({ name }) => name.includes(path)).length
        /** Waits until something was fetched so many times more, after this was done. */
        const after = async (act: () => Promise<unknown>, path: string, times = 1) => {
          const before = fetched(path)
          await act()
          await until(() => fetched(path) >= before + times)
        }
        await Promise.all([client.whenReady(), other.whenReady()])
        await server('connected')
        // By then everything that is fetched when the stream opens is there.
        await until(() => fetched('/splitChanges') >= 2 && fetched('/memberships/user-1') >= 2)
        await until(() => fetched('/memberships/user-2') >= 2)
        const all = () => [
          ...['plain', 'split', 'members', 'quiet', 'new'].map((name) => client.getTreatment(name)),
          other.getTreatment('members'),
        ]
        note('before', all())

        const killed = () => client.getTreatment('plain') === 'dead'
        await after(async () => {
          await server('kill', 'plain', 'dead')
          await until(killed)
          note('killed', all())
        }, '/splitChanges')
        await server('changeFlag', 'split', { killed: true, defaultTreatment: 'by message' })
        await until(() => client.getTreatment('split') === 'by message')
        await after(() => server('changeFlag', 'quiet', { killed: true }, { announce: 'bare' }), '/splitChanges')
        await until(() => client.getTreatment('quiet') === 'off')
        note('flags changed', all())

        const staff = (user1: string[], user2: string[]) => ({
          'user-1': { segments: user1 },
          'user-2': { segments: user2 },
        })
        await server('setMemberships', staff([], ['staff']))
        await until(() => client.getTreatment('members') === 'off' && other.getTreatment('members') === 'on')
        note('lists of keys', all())
        await after(
          () => server('setMemberships', staff(['staff'], ['staff']), { announce: 'bounded' }),
          '/memberships/user-1',
        )
        await until(() => client.getTreatment('members') === 'on')
        note('a bitmap', all())
        await server('setMemberships', staff([], []), { announce: 'removal' })
        await until(() => client.getTreatment('members') === 'off' && other.getTreatment('members') === 'off')
        note('a removal', all())
        await after(
          () => server('setMemberships', staff(['staff'], []), { announce: 'unbounded' }),
          '/memberships/user-1',
        )
        await until(() => client.getTreatment('members') === 'on')
        note('everybody fetches', all())
        await factory.destroy()
      },
    ],
  },
  {
    name: 'a stream that is paused, cut and closed',
    isPolling: true,
    pages: [
      async ({ sdk, settings, note, listen, server, until }) => {
        const factory = sdk.SplitFactory(
          settings({ streamingEnabled: true, scheduler: { featuresRefreshRate: 1, segmentsRefreshRate: 1 } }),
        )
        const client = factory.client()
        listen(client)
        const becomes = async (treatment: string) => {
          await until(() => client.getTreatment('plain') === treatment)
          note('treatments', treatment)
        }
        let change = 0
        const silently = () =>
          server('changeFlag', 'plain', { killed: true, defaultTreatment: `t${++change}` }, { announce: 'silent' })
        await client.whenReady()
        // The look comes before anything changes, because a poll may be quicker than the first look after a change.
        await becomes('on')
        await server('connected')
        // While the stream is paused it brings no changes, and they are polled.
        await server('control', 'STREAMING_PAUSED')
        await silently()
        await becomes('t1')
        await server('control', 'STREAMING_RESUMED')
        await server('occupancy', 0)
        await silently()
        await becomes('t2')
        await server('occupancy', 2)
        await server('drop')
        await silently()
        await becomes('t3')
        await server('connected')
        await server('control', 'STREAMING_DISABLED')
        await silently()
        await becomes('t4')
        await factory.destroy()
      },
    ],
  },
  {
    name: 'slow memberships',
    pages: [
      async ({ sdk, settings, note, listen, server }) => {
        await server('fault', '/memberships', { delayMs: 400, times: 1 })
        const factory = sdk.SplitFactory(settings())
        const client = factory.client()
        listen(client)
        await client.whenReadyFromCache()
        note('treatments', [client.getTreatment('plain'), client.getTreatment('members')])
        await factory.destroy()
      },
    ],
  },
  {
    name: 'clients of other keys',
    pages: [
      async ({ sdk, settings, note, listen }) => {
        const factory = sdk.SplitFactory(settings())
        const main = factory.client()
        const early = factory.client('user-2')
        listen(main)
        listen(early, 'events of an early one')
        note('early', early.getStatus())
        await Promise.all([main.whenReady(), early.whenReady()])
        const late = factory.client({ matchingKey: 'user-3', bucketingKey: 'b' })
        listen(late, 'events of a late one')
        note('late', { ...late.getStatus(), lastUpdate: 'any' })
        note('late treatments', [late.getTreatment('plain'), late.getTreatment('members')])
        note('whenReady of a late one', await late.whenReady())
        note('same', [
          main === factory.client('user-1'),
          early === factory.client(' user-2 '),
          late === factory.client({ matchingKey: 'user-3', bucketingKey: 'b' }),
          late === factory.client('user-3'),
          main === early,
        ])
        await early.destroy()
        note('destroyed', [early.getTreatment('plain'), early.track('user', 'x'), main.getTreatment('plain')])
        note('the destroyed one again', early === factory.client('user-2'))
        await main.destroy()
        note('after the main one', [main.getTreatment('plain'), late.getTreatment('plain')])
        await factory.destroy()
      },
    ],
  },
  {
    name: 'events of readiness',
    pages: [
      async ({ sdk, settings, note, until }) => {
        const factory = sdk.SplitFactory(settings({ scheduler: { featuresRefreshRate: 1 } }))
        const client = factory.client()
        const { SDK_READY, SDK_READY_FROM_CACHE } = client.Event
        const heard: string[] = []
        const hear = (what: string) => () => heard.push(what)
        const gone = hear('removed')
        note('returns', [client.on(SDK_READY, gone) === client, client.off(SDK_READY, gone) === client])
        client.on(SDK_READY_FROM_CACHE, hear('cache'))
        client.addListener(SDK_READY, hear('first')).once(SDK_READY, hear('second'))
        const selfish = () => {
          heard.push('once by hand')
          client.removeListener(SDK_READY, selfish)
        }
        client.on(SDK_READY, selfish)
        client.on('mine', (...values: string[]) => heard.push(values.join()))
        note('emit', [client.emit('mine', 'a', 'b'), client.emit('nobody')])
        client.removeAllListeners('mine')
        note('emit after removal', client.emit('mine', 'c'))
        await client.whenReady()
        await until(() => heard.includes('second'))
        note('heard', [...heard])
        client.on(SDK_READY, hear('late'))
        client.emit(SDK_READY)
        note('heard again', heard.slice(-2))
        await factory.destroy()
      },
    ],
  },
  {
    name: 'a listener that throws',
    pages: [
      async ({ sdk, settings, note }) => {
        const factory = sdk.SplitFactory(settings())
        const client = factory.client()
        const thrown = new Promise((resolve) => {
          addEventListener('error', (event) => {
            event.preventDefault()
            resolve('the page')
          })
          client.on(client.Event.SDK_READY, () => {
            setTimeout(() => resolve('nobody'), 600)
            throw new Error('of the application')
          })
        })
        let isCalled = false
        client.on(client.Event.SDK_READY, () => {
          isCalled = true
        })
        let isResolved = false
        void client.whenReady().then(() => {
          isResolved = true
        })
        note('who hears of it', await thrown)
        note('the next listener is called', isCalled)
        note('whenReady resolves', isResolved)
        await factory.destroy()
      },
    ],
  },
  {
    name: 'the cache',
    pages: [
      async ({ sdk, settings, listen, stored }) => {
        const factory = sdk.SplitFactory(settings({ storage: sdk.InLocalStorage() }))
        listen(factory.client(), 'events of the first page')
        await factory.client().whenReady()
        await stored()
        await factory.destroy()
      },
      async ({ sdk, settings, note, listen, server }) => {
        await server('fault', '/splitChanges', { delayMs: 500, times: 1 })
        const factory = sdk.SplitFactory(settings({ storage: sdk.InLocalStorage({ expirationDays: 5 }) }))
        const client = factory.client()
        listen(client, 'events of the second page')
        note('whenReadyFromCache', await client.whenReadyFromCache())
        const { lastUpdate, ...status } = client.getStatus()
        note('status', [status, lastUpdate])
        note('treatments', [
          client.getTreatment('plain'),
          client.getTreatment('members'),
          client.getTreatment('unknown'),
        ])
        note('whenReady', await client.whenReady())
        await factory.destroy()
      },
    ],
  },
  {
    name: 'impressions of the second page at hide',
    pages: [
      async ({ sdk, settings, stored }) => {
        const factory = sdk.SplitFactory(settings({ storage: sdk.InLocalStorage() }))
        await factory.client().whenReady()
        await stored()
        await factory.destroy()
      },
      async ({ sdk, settings, note }) => {
        const client = sdk.SplitFactory(settings({ storage: sdk.InLocalStorage() })).client()
        await client.whenReadyFromCache()
        note('treatments', client.getTreatments(['plain', 'members', 'plan']))
        note('of a set', client.getTreatmentsByFlagSet('checkout'))
        // A page that leaves sooner may take its own requests with it.
        await client.whenReady()
      },
    ],
  },
  {
    name: 'a rollout plan',
    pages: [
      async ({ sdk, settings, note, listen, server }) => {
        const answer = await fetch(`${settings().urls?.sdk}/splitChanges?s=1.3&since=-1&rbSince=-1`, {
          headers: { authorization: 'Bearer sdk-key-0123' },
        })
        const splitChanges = (await answer.json()) as object
        const initialRolloutPlan = {
          splitChanges,
          memberships: { 'user-1': { ms: { k: [{ n: 'staff' }] } } },
          segmentChanges: [{ name: 'staff', added: ['user-9'], removed: [], since: -1, till: 1 }],
        }
        const factory = sdk.SplitFactory(settings({ initialRolloutPlan }))
        const client = factory.client()
        note('at once', [client.getTreatment('plain'), client.getTreatment('members')])
        note('status', client.getStatus())
        note('another key', factory.client('user-9').getTreatment('members'))
        listen(client)
        note('whenReadyFromCache', await client.whenReadyFromCache())
        note('whenReady', await client.whenReady())
        await server('waitFor', 1, '/memberships/user-9')
        await factory.destroy()
        for (const wrong of [{}, 'x', { splitChanges: null }]) {
          const other = sdk.SplitFactory(settings({ initialRolloutPlan: wrong as object }))
          await other.client().whenReady()
          note('a wrong plan', other.client().getTreatment('plain'))
          await other.destroy()
        }
      },
    ],
  },
  {
    name: 'settings',
    pages: [
      async ({ sdk, settings, note, thrown, server }) => {
        const factory = sdk.SplitFactory(
          settings({
            scheduler: { featuresRefreshRate: 30.5, eventsQueueSize: 7 },
            startup: { readyTimeout: 3 },
            sync: { impressionsMode: 'debug' as 'DEBUG', splitFilters: [{ type: 'byName', values: ['plain'] }] },
          }),
        )
        const { core, mode, scheduler, startup, urls, streamingEnabled, sync, userConsent } = factory.settings
        note('core', [core.authorizationKey, core.key, core.labelsEnabled])
        note('mode', mode)
        note('scheduler', scheduler)
        note('startup', startup)
        note('urls', Object.keys(urls).sort())
        note('streaming', streamingEnabled)
        note('sync', [sync.impressionsMode, sync.enabled, sync.splitFilters])
        note('consent', userConsent)
        note('InLocalStorage', sdk.InLocalStorage({ prefix: 'x' }).type)
        note(
          'consumer mode',
          thrown(() => sdk.SplitFactory(settings({ mode: 'consumer' as 'standalone' }))),
        )
        note(
          'a mode that is none',
          thrown(() => sdk.SplitFactory(settings({ mode: 'x' as 'standalone' }))),
        )
        const tooMany = Array.from({ length: 51 }, (_, n) => `set_${n}`)
        note(
          'too many sets',
          thrown(() => sdk.SplitFactory(settings({ sync: { splitFilters: [{ type: 'bySet', values: tooMany }] } }))),
        )
        await factory.client().whenReady()
        await server('waitFor', 1, '/memberships/user-1')
        await factory.destroy()
        const lenient = sdk.SplitFactory(
          settings({
            userConsent: 'maybe' as 'UNKNOWN',
            integrations: ['x', null] as never,
            storage: 'x' as never,
            debug: 'x' as never,
            sync: { impressionsMode: 'x' as 'NONE', splitFilters: 'x' as never },
            fallbackTreatments: { global: 'not a treatment!', byFlag: { unknown: 'kept' } },
          }),
        )
        await lenient.client().whenReady()
        note('mistakes that are overlooked', [
          lenient.settings.userConsent,
          lenient.settings.sync.impressionsMode,
          lenient.settings.integrations,
          lenient.client().getTreatment('unknown'),
          lenient.client().getTreatment('another unknown'),
        ])
        await lenient.destroy()
      },
    ],
  },
  ...[
    [
      { type: 'bySet', values: ['home', ' checkout ', 'HOME', '!', 7] },
      { type: 'byName', values: ['killed'] },
    ],
    [
      { type: 'byName', values: ['ñandú', 'split', 'a,b', 'split'] },
      { type: 'byPrefix', values: ['pl', ''] },
      { type: 'byName', values: ['killed'] },
      { type: 'other', values: ['x'] },
      null,
    ],
    [
      { type: 'bySet', values: ['!'] },
      { type: 'byName', values: ['killed'] },
    ],
  ].map((splitFilters, at) => ({
    name: `filters ${at + 1}`,
    pages: [
      // Flags without segments make pennon ready before the service said what the key is a member of.
      `async ({ sdk, settings, note, server }) => {
        const factory = sdk.SplitFactory(settings({ sync: { splitFilters: ${JSON.stringify(splitFilters)} } }))
        await factory.client().whenReady()
        await server('waitFor', 1, '/memberships/user-1')
        note('names', factory.manager().names().sort())
        note('sets', factory.client().getTreatmentsByFlagSets(['home', 'checkout', 'other']))
        await factory.destroy()
      }` as never,
    ],
  })),
  {
    name: 'header overrides',
    pages: [
      async ({ sdk, settings, note }) => {
        const getHeaderOverrides = ({ headers }: { headers: Record<string, string> }) => {
          note('given', Object.keys(headers).sort())
          return {
            'Cache-Control': 'no-store',
            authorization: 'Bearer other',
            Accept: 'text/html',
            splitsdkversion: 'x',
          }
        }
        const factory = sdk.SplitFactory(settings({ sync: { requestOptions: { getHeaderOverrides } } }))
        await factory.client().whenReady()
        await factory.destroy()
        const broken = sdk.SplitFactory(
          settings({
            sync: {
              requestOptions: {
                getHeaderOverrides() {
                  throw new Error('of the application')
                },
              },
            },
          }),
        )
        await broken.client().whenReady()
        note('a broken one', broken.client().getStatus().isReady)
        await broken.destroy()
      },
    ],
  },
  {
    name: 'queue sizes',
    pages: [
      async ({ sdk, settings, server, note }) => {
        const factory = sdk.SplitFactory(settings({ scheduler: { impressionsQueueSize: 3, eventsQueueSize: 2 } }))
        const client = factory.client()
        await client.whenReady()
        client.getTreatments(['plain', 'killed'])
        client.getTreatment('plain')
        client.getTreatment('plan')
        await server('waitFor', 1, '/testImpressions/bulk')
        client.track('user', 'one')
        client.track('user', 'two')
        await server('waitFor', 1, '/events/bulk')
        note('both', 'posted')
        await factory.destroy()
      },
    ],
  },
  {
    name: 'the first push of events',
    pages: [
      async ({ sdk, settings, server, note }) => {
        const factory = sdk.SplitFactory(settings({ startup: { eventsFirstPushWindow: 0.3 } }))
        const client = factory.client()
        client.track('user', 'early')
        await server('waitFor', 1, '/events/bulk')
        note('events', 'posted')
        await factory.destroy()
      },
    ],
  },
  {
    name: 'without synchronisation',
    isPolling: true,
    pages: [
      async ({ sdk, settings, note, until }) => {
        const factory = sdk.SplitFactory(
          settings({ sync: { enabled: false }, streamingEnabled: true, scheduler: { featuresRefreshRate: 1 } }),
        )
        await factory.client().whenReady()
        note('treatment', factory.client().getTreatment('members'))
        // What polls as often, and began later, has polled twice by then.
        const other = sdk.SplitFactory(
          settings({ scheduler: { featuresRefreshRate: 1 } }, { authorizationKey: 'another-sdk-key' }),
        )
        const isPoll = ({ name }: PerformanceEntry) => /splitChanges.*since=\d/.test(name)
        await until(() => performance.getEntriesByType('resource').filter(isPoll).length >= 2)
        await other.destroy()
        await factory.client('user-2').whenReady()
        await factory.destroy()
      },
    ],
  },
  {
    name: 'page hide',
    pages: [
      async ({ sdk, settings }) => {
        const factory = sdk.SplitFactory(settings())
        const client = factory.client()
        await client.whenReady()
        client.getTreatments(['plain', 'killed', 'quiet'])
        client.getTreatment('plain')
        client.track('user', 'leaves', 7, { last: true })
      },
    ],
  },
  {
    name: 'the logger',
    pages: [
      async ({ sdk, settings, note, thrown }) => {
        const lines = { debug: 0, info: 0, warn: 0, error: 0 }
        const count = (level: keyof typeof lines) => () => void lines[level]++
        const logger = { debug: count('debug'), info: count('info'), warn: count('warn'), error: count('error') }
        const factory = sdk.SplitFactory(settings({ debug: 'WARN', logger }))
        const client = factory.client()
        await client.whenReady()
        note('LogLevel', factory.Logger.LogLevel)
        note('its members', Object.keys(factory.Logger).sort())
        client.getTreatment('')
        // The texts of log lines may be loaded for the first one.
        while (!(lines.warn + lines.error)) await new Promise((resolve) => setTimeout(resolve, 5))
        note('a warning or an error at WARN', lines.warn + lines.error > 0)
        note('no debug at WARN', lines.debug + lines.info)
        factory.Logger.disable()
        const before = lines.warn + lines.error
        client.getTreatment('')
        note('nothing at NONE', lines.warn + lines.error - before)
        factory.Logger.setLogLevel('ERROR')
        const errors = lines.error
        note(
          'a level that is none',
          thrown(() => factory.Logger.setLogLevel('LOUD' as never)),
        )
        note('is an error', lines.error - errors)
        const other = { ...logger, error: () => note('another sink', 'an error') }
        factory.Logger.setLogger(other)
        factory.Logger.setLogLevel('LOUD' as never)
        await factory.destroy()
        for (const make of [sdk.DebugLogger, sdk.InfoLogger, sdk.WarnLogger, sdk.ErrorLogger]) {
          const again = sdk.SplitFactory(settings({ debug: make(), logger }))
          const sum = lines.error
          again.Logger.setLogLevel('LOUD' as never)
          note('each logger logs', lines.error > sum)
          await again.destroy()
        }
      },
    ],
  },
  {
    name: 'mistakes',
    isPolling: true,
    pages: [
      async ({ sdk, settings, note, thrown }) => {
        let lines = 0
        const say = () => void lines++
        const logger = { debug() {}, info() {}, warn: say, error: say }
        /** Notes whether anything was logged at once. */
        const said = async (what: string, act: () => unknown) => {
          await new Promise((resolve) => setTimeout(resolve, 0))
          lines = 0
          thrown(act)
          note(what, lines > 0)
        }
        const factory = sdk.SplitFactory(settings({ debug: 'WARN', logger }))
        const client = factory.client()
        const any = client as never as Record<string, (...values: unknown[]) => unknown>
        await client.whenReady()
        // The texts of log lines may be loaded for the first one.
        any.getTreatment?.(true)
        while (!lines) await new Promise((resolve) => setTimeout(resolve, 5))
        await said('a late listener', () => client.on(client.Event.SDK_READY, () => {}))
        await said('a late listener of the cache', () => client.on(client.Event.SDK_READY_FROM_CACHE, () => {}))
        for (const name of [undefined, '', 7, {}]) await said('a flag name', () => any.getTreatment?.(name))
        await said('a name with blanks', () => client.getTreatment(' plain '))
        await said('an unknown flag', () => client.getTreatment('unknown'))
        for (const list of [undefined, [], 'plain']) await said('a list of names', () => any.getTreatments?.(list))
        await said('a wrong name in a list', () => any.getTreatments?.(['plain', '']))
        for (const attributes of [null, [], 'x', 7]) {
          await said('attributes', () => any.getTreatment?.('plain', attributes))
        }
        for (const set of [undefined, '', 'not allowed!', 'NONE', 'none']) {
          await said('a flag set', () => any.getTreatmentsByFlagSet?.(set))
        }
        await said('no list of sets', () => any.getTreatmentsByFlagSets?.('home'))
        await said('an empty list of sets', () => any.getTreatmentsByFlagSets?.([]))
        for (const properties of [7, [], null]) {
          await said('properties of a call', () => any.getTreatment?.('plain', undefined, { properties }))
        }
        for (const type of [undefined, '', 7, 'User', 'nobody'])
          await said('a traffic type', () => any.track?.(type, 'x'))
        for (const event of [undefined, '', 7, ' x', 'a'.repeat(81)]) {
          await said('an event type', () => any.track?.('user', event))
        }
        for (const value of ['7', NaN, {}]) await said('a value', () => any.track?.('user', 'x', value))
        for (const properties of [7, [], 'x']) {
          await said('properties of an event', () => any.track?.('user', 'x', 1, properties))
        }
        await said('a property of an event', () => client.track('user', 'x', 1, { a: {} as never }))
        await said('many properties', () =>
          client.track('user', 'x', 1, Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`p${i}`, i]))),
        )
        await said('large properties', () => client.track('user', 'x', 1, { a: 'x'.repeat(33_000) }))
        for (const value of [{}, undefined, NaN]) await said('an attribute', () => any.setAttribute?.('plan', value))
        for (const name of ['', undefined]) await said('the name of an attribute', () => any.setAttribute?.(name, 'x'))
        await said('attributes that are none', () => any.setAttributes?.('x'))
        for (const key of ['', null, {}, 'x'.repeat(251)]) await said('a key', () => factory.client(key as never))
        await said('a key that is a number', () => factory.client(7 as never))
        await factory.client(7 as never).whenReady()
        await said('a key with blanks', () => factory.client(' user-1 '))
        for (const name of [undefined, '', 'unknown']) {
          await said('a name for the manager', () => factory.manager().split(name as never))
        }
        await said('a consent', () => factory.UserConsent.setStatus('yes' as never))
        await said('a log level', () => factory.Logger.setLogLevel('LOUD' as never))
        await factory.destroy()
        await said('a decision after destroy', () => client.getTreatment('plain'))
        await said('an event after destroy', () => client.track('user', 'x'))
        await said('the manager after destroy', () => factory.manager().names())

        const wrong: [string, object, object?][] = [
          ['an impressions mode', { sync: { impressionsMode: 'ALL' } }],
          ['a consent at the start', { userConsent: 'maybe' }],
          ['a storage', { storage: 7 }],
          ['an integration', { integrations: [7] }],
          ['filters', { sync: { splitFilters: [] } }],
          ['a filter', { sync: { splitFilters: [{ type: 'byColour', values: ['a'] }] } }],
          ['a filter by set that is none', { sync: { splitFilters: [{ type: 'bySet', values: ['not allowed!'] }] } }],
          [
            'filters that exclude each other',
            {
              sync: {
                splitFilters: [
                  { type: 'bySet', values: ['home'] },
                  { type: 'byName', values: ['plain'] },
                ],
              },
            },
          ],
          // Such a rate has the official SDK poll as often as it can, if it polls at all.
          ['a rate', { scheduler: { featuresRefreshRate: 'often' }, sync: { enabled: false } }],
          ['a rollout plan', { initialRolloutPlan: 'x' }],
        ]
        for (const [what, changes, core] of wrong) {
          let made: ReturnType<typeof sdk.SplitFactory> | undefined
          await said(`settings: ${what}`, () => {
            made = sdk.SplitFactory(settings({ debug: 'WARN', logger, ...changes } as never, core))
          })
          await made?.client().whenReady()
          await made?.destroy()
        }
        const one = sdk.SplitFactory(settings({ debug: 'WARN', logger }))
        await said('a second factory', () => void sdk.SplitFactory(settings({ debug: 'WARN', logger })).destroy())
        await one.destroy()
      },
    ],
  },
  {
    name: 'localhost mode',
    pages: [
      async ({ sdk, settings, note, listen }) => {
        const features = { plain: 'on', rich: { treatment: 'red', config: '{"a":1}' }, odd: 7 } as never
        const factory = sdk.SplitFactory({
          core: { authorizationKey: 'localhost', key: 'user-1' },
          features,
          scheduler: { offlineRefreshRate: 0.2 },
        })
        const client = factory.client()
        listen(client)
        note('mode', factory.settings.mode)
        await client.whenReady()
        note('treatments', client.getTreatmentsWithConfig(['plain', 'rich', 'odd', 'none']))
        note('names', factory.manager().names().sort())
        note('view', factory.manager().split('rich'))
        note('another key', factory.client('user-2').getTreatment('plain'))
        note('track', client.track('user', 'x'))
        const updated = new Promise((resolve) => client.once(client.Event.SDK_UPDATE, resolve))
        factory.settings.features = { plain: 'off' }
        note('update', await updated)
        note('treatments later', client.getTreatments(['plain', 'rich']))
        await factory.destroy()
        const keyless = sdk.SplitFactory({ core: { authorizationKey: 'localhost' } } as never)
        await keyless.client().whenReady()
        note('without a key or flags', [keyless.settings.core.key, keyless.client().getTreatment('plain')])
        await keyless.destroy()
        note('settings', Object.keys(settings()).length > 0)
      },
    ],
  },
]
