import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { textOf } from '../../../../src/definitions/entry'
import { createDefinitionsCache } from '../../../../src/definitions/definitionsCache'
import { createCacheWriter } from '../../../../src/late/sync/cacheWriter'
import { createDatabase, IMPATIENT } from '../../definitions/fakes'
import { createService } from './service'
import type { KeyValue } from '../../../../src/browser/keyValue'
import type { Definitions } from '../../../../src/definitions/definitions'

type Numbers = { ff: number; rbs: number }

const NAMES = ['a', 'bb', 'ccc', 'dddd', '__proto__']
const page = fc.nat({ max: 1 })
const step = fc.oneof(
  fc.record({
    do: fc.constant('edit' as const),
    kind: fc.constantFrom('ff' as const, 'rbs' as const),
    name: fc.constantFrom(...NAMES),
    how: fc.constantFrom('change' as const, 'change' as const, 'archive' as const, 'kill' as const),
    page,
    tell: fc.constantFrom('nobody', 'update', 'kill'),
  }),
  fc.record({ do: fc.constant('ask' as const), page, behind: fc.nat({ max: 3 }) }),
  fc.record({ do: fc.constant('arrive' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('write' as const), page, fault: fc.nat({ max: 8 }), isAwaited: fc.boolean() }),
  fc.record({ do: fc.constant('reload' as const), page }),
)

const numbersOf = (definitions: Definitions): Numbers => {
  const { flags, ruleBasedSegments } = definitions.changeNumbers()
  return { ff: flags, rbs: ruleBasedSegments }
}

describe('any schedule of answers, messages, writes of two pages, and faults', () => {
  it('ends as a fresh client would, numbers never fall, and the cache is never a mix', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const database = createDatabase()
        // So many that small changes are added to what is stored, and many changes make it be stored anew.
        const service = createService(20)
        const history: Numbers[] = [service.numbers()]
        const inFlight: { to: number; since: Numbers; answer: object }[] = []
        const writes: Promise<void>[] = []
        let onDisk: Numbers = { ff: -1, rbs: -1 }

        const open = () => {
          const definitions = createDefinitions({})
          let fault = 0
          const keyValue: Pick<KeyValue, 'transact'> = {
            transact: (mode, work) =>
              fault && --fault === 0 ? Promise.reject(new Error('fault')) : database.transact(mode, work),
          }
          const cache = createDefinitionsCache({
            keyValue,
            scope: 's',
            maxAgeMs: 1e9,
            now: () => 1e12,
            onFault: () => {},
            onCorrupt: () => {},
            onStored: () => {},
          })
          return {
            definitions,
            cache,
            writer: createCacheWriter(cache.door, IMPATIENT),
            last: { ff: -1, rbs: -1 },
            failAt: (n: number) => (fault = n),
          }
        }
        const pages = [open(), open()]

        /** Checks that the definitions are exactly those of the service at these change numbers, but for kills that came ahead. */
        const check = (definitions: Definitions) => {
          const numbers = numbersOf(definitions)
          const { entries } = definitions.snapshot()
          for (const [i, kind] of (['ff', 'rbs'] as const).entries()) {
            const expected = service.stateOf(kind, numbers[kind])
            const list = entries[i as 0 | 1]
            expect(list.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort())
            for (const entry of list) {
              const definition = JSON.parse(textOf(entry)) as { changeNumber: number; killed?: boolean }
              if (definition.changeNumber > numbers[kind]) expect(definition.killed).toBe(true)
              else expect(definition).toEqual(expected.get(entry.name))
            }
          }
        }
        const look = (one: (typeof pages)[0]) => {
          const numbers = numbersOf(one.definitions)
          expect(numbers.ff).toBeGreaterThanOrEqual(one.last.ff)
          expect(numbers.rbs).toBeGreaterThanOrEqual(one.last.rbs)
          one.last = numbers
        }

        for (const one of steps) {
          if (one.do === 'edit') {
            const { pcn, at, definition } = service.edit(one.kind, one.name, one.how)
            history.push(service.numbers())
            const { definitions } = pages[one.page] as (typeof pages)[0]
            const half = { t: at, d: [definition] }
            if (one.tell === 'update' && numbersOf(definitions)[one.kind] === pcn)
              definitions.apply({ [one.kind]: half })
            if (one.tell === 'kill' && one.kind === 'ff' && definition.killed) {
              definitions.kill(one.name, definition.defaultTreatment as string, at)
            }
          } else if (one.do === 'ask') {
            const since = numbersOf((pages[one.page] as (typeof pages)[0]).definitions)
            const till = history[Math.max(0, history.length - 1 - one.behind)] as Numbers
            inFlight.push({ to: one.page, since, answer: service.answer(since, till) })
          } else if (one.do === 'arrive' && inFlight.length) {
            const [{ to, since, answer }] = inFlight.splice(one.which % inFlight.length, 1) as [(typeof inFlight)[0]]
            const asked = { flags: since.ff, ruleBasedSegments: since.rbs }
            ;(pages[to] as (typeof pages)[0]).definitions.apply(answer, asked)
          } else if (one.do === 'write') {
            const { definitions, writer, failAt } = pages[one.page] as (typeof pages)[0]
            failAt(one.fault)
            const done = writer.writeDefinitions(definitions.snapshot, 1e12)
            if (one.isAwaited) await done
            else writes.push(done)
          } else if (one.do === 'reload') {
            const fresh = open()
            const { definitions: cached } = await fresh.cache.read([])
            if (cached) {
              const { flags: ff, ruleBasedSegments: rbs } = cached.changeNumbers
              expect(ff).toBeGreaterThanOrEqual(onDisk.ff)
              expect(rbs).toBeGreaterThanOrEqual(onDisk.rbs)
              onDisk = { ff, rbs }
              fresh.definitions.load(cached)
              expect(numbersOf(fresh.definitions)).toEqual(onDisk)
            }
            pages[one.page] = fresh
            for (let i = inFlight.length; i--;) if (inFlight[i]?.to === one.page) inFlight.splice(i, 1)
          }
          pages.forEach(look)
          if (one.do === 'arrive' || one.do === 'reload') pages.forEach(({ definitions }) => check(definitions))
        }
        await Promise.all(writes)

        for (const { definitions, writer } of pages) {
          const since = numbersOf(definitions)
          definitions.apply(service.answer(since, service.numbers()), { flags: since.ff, ruleBasedSegments: since.rbs })
          check(definitions)
          expect(numbersOf(definitions)).toEqual(service.numbers())
          for (const entry of definitions.snapshot().entries[0]) {
            expect(definitions.raw(entry.name)).toEqual(service.stateOf('ff', Infinity).get(entry.name))
          }
          await writer.writeDefinitions(definitions.snapshot, 1e12)
        }
        const reader = open()
        const { definitions: cached } = await reader.cache.read([])
        if (cached) {
          reader.definitions.load(cached)
          check(reader.definitions)
        }
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
