import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settle } from '../../../definitions/fakes'
import { createService } from '../service'
import { GRANTED, openStream, plain } from './openStream'
import type { Reply, Request } from '../openPolling'

const KEYS = ['user1', 'user2', 'üser3']
const NAMES = ['a', 'bb', 'ccc', 'dddd']
const SEGMENTS = ['s', 't', 'u']

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      kind: fc.constantFrom('ff' as const, 'rbs' as const),
      name: fc.constantFrom(...NAMES),
      how: fc.constantFrom('change' as const, 'segment' as const, 'archive' as const, 'kill' as const),
      tell: fc.constantFrom('nothing', 'number', 'change', 'kill'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('member' as const),
      key: fc.constantFrom(...KEYS),
      segment: fc.constantFrom(...SEGMENTS),
      tell: fc.constantFrom('nothing', 'fetch', 'late fetch'),
    }),
  },
  fc.record({ do: fc.constant('segment removed' as const), segment: fc.constantFrom(...SEGMENTS) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('network' as const),
      mode: fc.constantFrom('good', 'slow', 'failing', 'dead', 'behind', 'malformed', 'busy'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 500, 2000, 10_000, 61_000, 600_000),
    }),
  },
  fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-86_400_000, -5000, 5000, 86_400_000) }),
  fc.record({ do: fc.constant('page' as const), isActive: fc.boolean() }),
  fc.record({ do: fc.constant('connection' as const), what: fc.constantFrom('open', 'open', 'fail', 'expire') }),
  fc.record({
    do: fc.constant('control' as const),
    what: fc.constantFrom('STREAMING_PAUSED', 'STREAMING_RESUMED', 'STREAMING_RESET'),
  }),
  fc.record({
    do: fc.constant('occupancy' as const),
    region: fc.constantFrom('pri' as const, 'sec' as const),
    publishers: fc.nat({ max: 1 }),
  }),
  fc.record({ do: fc.constant('key' as const), key: fc.constantFrom(...KEYS), isUsed: fc.boolean() }),
  fc.record({ do: fc.constant('bfcache' as const), isIn: fc.boolean() }),
)

describe('any schedule of edits, messages, faults, pages, keys and clocks', () => {
  it('ends as a fresh client would, and change numbers never fall', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const service = createService()
        const history = [service.numbers()]
        const members = new Map(KEYS.map((key) => [key, { cn: 1, names: new Set<string>() }]))
        let number = 1
        let mode = 'good'
        let wake = () => {}

        const answer = ({ url }: Request): Reply => {
          if (url.startsWith('/splitChanges')) {
            const query = new URLSearchParams(url.split('?')[1])
            const isBehind = mode === 'behind' && !query.has('till')
            const till = (isBehind && history.at(-2)) || service.numbers()
            return service.answer({ ff: Number(query.get('since')), rbs: Number(query.get('rbSince')) }, till)
          }
          const { cn, names } = members.get(
            decodeURIComponent(url.replace('/memberships/', '').split('?')[0] as string),
          ) as {
            cn: number
            names: Set<string>
          }
          return { ms: { k: [...names].map((n) => ({ n })), cn }, ls: { k: [] } }
        }
        const slowly = (reply: Reply) =>
          new Promise<object | number | undefined>((resolve) => {
            // A request is answered by the state at the time it was sent.
            wake = ((next) => () => (next(), resolve(reply)))(wake)
          })
        const reply = (request: Request): Reply => {
          if (mode === 'failing') return 503
          if (mode === 'busy') return 429
          if (mode === 'dead') return undefined
          if (mode === 'malformed') return [] as object
          return mode === 'slow' ? slowly(answer(request)) : answer(request)
        }
        const parts = await openStream({
          keys: ['user1'],
          auth: () => (mode === 'failing' ? 503 : mode === 'dead' ? undefined : { ...GRANTED, connDelay: 0 }),
          polling: { reply },
        })
        const { stream, polling, keys, definitions, clock, authServer, sources } = parts
        const { send, open, fail, control, occupancy, setActive } = parts
        const used = new Map([['user1', [] as { end(): void }[]]])
        const numbers = new Map<string, number>()
        const look = () => {
          const { flags, ruleBasedSegments } = definitions.changeNumbers()
          const now: [string, number][] = [
            ['ff', flags],
            ['rbs', ruleBasedSegments],
          ]
          for (const [name, value] of now) {
            expect(value).toBeGreaterThanOrEqual(numbers.get(name) ?? -1)
            numbers.set(name, value)
          }
        }
        /** Checks that the page knows what the service knows. */
        const expectTruth = () => {
          const now = service.numbers()
          expect(definitions.changeNumbers()).toEqual({ flags: now.ff, ruleBasedSegments: now.rbs })
          const flags = service.stateOf('ff', Infinity)
          expect(definitions.names().sort()).toEqual([...flags.keys()].sort())
          for (const [name, definition] of flags) expect(definitions.raw(name)).toEqual(definition)
          if (definitions.usesSegments()) {
            for (const memberships of polling.keys()) {
              const { names } = members.get(memberships.matchingKey) as { names: Set<string> }
              expect([...memberships.segments].sort()).toEqual([...names].sort())
            }
          }
        }
        const isOpen = () => !!sources.length && !parts.last().isClosed
        const tell = async (data: object) => {
          if (isOpen()) await send(data)
        }

        stream.start()
        await clock.advance(0)
        if (isOpen()) await open()
        for (const one of steps) {
          if (one.do === 'edit') {
            const { pcn, at, definition } = service.edit(one.kind, one.name, one.how)
            history.push(service.numbers())
            const type = one.kind === 'ff' ? 'SPLIT_UPDATE' : 'RB_SEGMENT_UPDATE'
            if (one.tell === 'number') await tell({ type, changeNumber: at })
            if (one.tell === 'change') {
              await tell({ type, changeNumber: at, pcn, c: 0, d: plain(JSON.stringify(definition)) })
            }
            if (one.tell === 'kill' && definition.killed) {
              const { name: splitName, defaultTreatment } = definition
              await tell({ type: 'SPLIT_KILL', changeNumber: at, splitName, defaultTreatment })
            }
          } else if (one.do === 'member') {
            const { names } = members.get(one.key) as { names: Set<string> }
            if (!names.delete(one.segment)) names.add(one.segment)
            const cn = ++number
            members.set(one.key, { cn, names: new Set(names) })
            const h = one.tell === 'fetch' ? 0 : 1
            if (one.tell !== 'nothing') await tell({ type: 'MEMBERSHIPS_MS_UPDATE', cn, n: [], c: 0, u: 0, d: '', h })
          } else if (one.do === 'segment removed') {
            const cn = ++number
            for (const [key, { names }] of members) {
              members.set(key, { cn, names: new Set([...names].filter((name) => name !== one.segment)) })
            }
            await tell({ type: 'MEMBERSHIPS_MS_UPDATE', cn, n: [one.segment], c: 0, u: 3, d: '' })
          } else if (one.do === 'network') {
            mode = one.mode
            wake()
            wake = () => {}
          } else if (one.do === 'wait') await clock.advance(one.ms)
          else if (one.do === 'jump') clock.jump(one.ms)
          else if (one.do === 'page') setActive(one.isActive)
          else if (one.do === 'connection' && isOpen()) {
            if (one.what === 'open') await open()
            else await fail(one.what === 'expire' ? { code: 40142 } : undefined)
          } else if (one.do === 'control' && isOpen()) await control(one.what)
          else if (one.do === 'occupancy' && isOpen()) await occupancy(one.region, one.publishers)
          else if (one.do === 'key') {
            const registrations = used.get(one.key) ?? []
            used.set(one.key, registrations)
            if (one.isUsed) {
              registrations.push(keys.register(one.key))
              stream.addKey()
            } else registrations.pop()?.end()
          } else if (one.do === 'bfcache') {
            if (one.isIn) stream.stop()
            else stream.start()
          }
          await settle()
          look()
        }

        // Everything is well again, and some time goes by.
        mode = 'good'
        wake()
        setActive(true)
        stream.start()
        authServer.opensAtOnce = true
        if (isOpen()) await open()
        await clock.advance(3_700_000)
        look()

        expectTruth()

        // While the stream is up, a change is there as soon as it is told.
        expect(stream.isUp()).toBe(true)
        for (const name of NAMES)
          await send({ type: 'SPLIT_UPDATE', changeNumber: service.edit('ff', name, 'segment').at })
        await clock.advance(1000)
        look()
        expectTruth()

        // Without a stream it is there after a poll period, and nothing is asked for more often.
        await control('STREAMING_DISABLED')
        await clock.advance(1000)
        for (const name of NAMES) service.edit('ff', name, 'change')
        service.edit('rbs', 'a', 'change')
        parts.asked()
        await clock.advance(60_000)
        look()
        expectTruth()
        expect(parts.asked().length).toBeLessThanOrEqual(1 + polling.keys().length)

        stream.stop()
        polling.stop()
        expect(clock.pending()).toBe(0)
        expect(parts.listeners.size).toBe(0)
      }),
      { numRuns: 1000 },
    )
  }, 120_000)
})
