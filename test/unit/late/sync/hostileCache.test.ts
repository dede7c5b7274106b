// @vitest-environment node
import 'fake-indexeddb/auto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { createDefinitionsCache } from '../../../../src/definitions/definitionsCache'
import { createMemberships } from '../../../../src/definitions/memberships'
import { createCacheWriter } from '../../../../src/late/sync/cacheWriter'
import { requestResult } from '../../../../src/browser/requestResult'
import { createDatabase, flag, IMPATIENT, inSegment, splitChanges } from '../../definitions/fakes'
import type { ChangeNumbers } from '../../../../src/shared/changeNumbers'
import type { KeyValue } from '../../../../src/browser/keyValue'

type Transactions = Pick<KeyValue, 'transact'>
type Named = { name?: unknown }
type Records = [key: IDBValidKey, value: unknown][]

const NOW = 1_700_000_000_000
const DAY = 86_400_000
const FLAGS = [
  // There is so much text that changes are stored as a patch.
  ...Array.from({ length: 6 }, (_, i) => flag(`flag${i}`, 5, { sets: [`set${i % 3}`], padding: 'x'.repeat(2000) })),
  flag('ü😀', 6, { conditions: [inSegment('s')], trafficTypeName: 'account' }),
]
const CHANGED = [flag('flag3', 11, { killed: true }), flag('new', 11)]
const SEGMENTS = [{ name: 'r1', conditions: [] }, { name: 'r2' }]
const ANSWER = { ms: { k: [{ n: 's' }], cn: 7 }, ls: { k: [], cn: 8 } }
/** The definitions of the service. */
const TRUTH = splitChanges(
  11,
  [...FLAGS.filter(({ name }) => name !== 'flag3' && name !== 'flag4'), ...CHANGED],
  4,
  SEGMENTS,
)

const CHANGES = splitChanges(11, [...CHANGED, flag('flag4', 11, { status: 'ARCHIVED' })], 4)
function answerTo({ flags, ruleBasedSegments }: ChangeNumbers) {
  const { ff, rbs } = splitChanges(11, [], 4)
  return {
    ff: flags === 11 ? ff : flags === -1 ? TRUTH.ff : CHANGES.ff,
    rbs: ruleBasedSegments === -1 ? TRUTH.rbs : rbs,
  }
}

function openPage(keyValue: Transactions) {
  const onFault = vi.fn()
  const onCorrupt = vi.fn()
  const definitions = createDefinitions({ onCorrupt })
  const cache = createDefinitionsCache({
    keyValue,
    scope: 'scope',
    maxAgeMs: 10 * DAY,
    now: () => NOW,
    onFault,
    onCorrupt,
    onStored() {},
  })
  const writer = createCacheWriter(cache.door, IMPATIENT)
  return { definitions, cache, writer, onFault, onCorrupt }
}

/** The definitions that a page decides by, all of them parsed. */
function contentOf({ definitions }: ReturnType<typeof openPage>) {
  for (const { name } of definitions.snapshot().entries[1]) definitions.ruleBasedSegment(name)
  return {
    changeNumbers: definitions.changeNumbers(),
    flags: Object.fromEntries(definitions.names().map((name) => [name, definitions.raw(name)])),
    sets: ['set0', 'set1', 'set2'].map((set) => definitions.namesInSets([set]).sort()),
    trafficTypes: ['user', 'account', 'other'].map(definitions.hasTrafficType),
    usesSegments: definitions.usesSegments(),
    segments: definitions
      .snapshot()
      .entries[1].map(({ name }) => name)
      .sort(),
  }
}

/** Everything that may stand in place of a value. */
const WRONG: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  -2,
  1.5,
  7,
  NaN,
  Infinity,
  1e300,
  -1e300,
  2 ** 53,
  NOW + 20 * DAY,
  '',
  'x',
  '{',
  '[]',
  'null',
  [],
  [null],
  [[]],
  [[], []],
  {},
  { length: 3 },
  new Date(NaN),
  new Map([['a', 1]]),
  /x/,
  12n,
  new Blob([]),
  new Blob(['{"name":"z"}']),
  new ArrayBuffer(3),
  Uint32Array.of(),
  Uint32Array.of(9, 1, 2),
  Uint8Array.of(1, 2),
]

/** What a page may have written as well: nobody can see that it is wrong, and an answer that changes it makes it right. */
function isPlausible(path: string, value: unknown, wrong: unknown): boolean {
  if (/changed\[\d\]\[\d\]\.(?!name)/.test(path)) return true
  if (/(trafficType|traits.*missing)/.test(path) && (wrong === undefined || wrong === null)) return true
  if (path.includes('changeNumbers'))
    return (wrong as number) >= 0 && (wrong as number) < NOW && Number.isSafeInteger(wrong)
  if (/(removed|changed)$/.test(path)) return Array.isArray(wrong) && wrong.length === 2
  if (/(sets|removed\[\d\]|changed\[\d\])$/.test(path)) {
    return Array.isArray(wrong) && wrong.every((one) => typeof ((one as Named | null)?.name ?? one) === 'string')
  }
  if (typeof value === 'string')
    return typeof wrong === 'string' && (/json\./.test(path) || !/generation|names|text/.test(path))
  return typeof value === 'boolean' && typeof wrong === 'boolean'
}

/** Every copy of a record in which one thing is wrong. */
function* mutationsOf(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  const own = [...WRONG]
  if (typeof value === 'string')
    own.push(...[0, 1, value.length >> 1, value.length - 1].map((at) => value.slice(0, at)))
  if (Array.isArray(value)) own.push(value.slice(1), [...(value as unknown[]), value[0]])
  if (value instanceof Uint32Array) {
    own.push(value.slice(1), Uint32Array.from([...value, value[0] ?? 0]))
    for (const at of [0, 1, value.length - 1]) own.push(value.map((number, i) => (i === at ? 2 ** 32 - 1 : number)))
    if (path.endsWith('starts')) own.push(value.slice().reverse())
  }
  for (const wrong of own) {
    if (!isPlausible(path, value, wrong)) yield [`${path} = ${typeof wrong} ${String(wrong)}`, wrong]
  }

  if (typeof value === 'string' && value.startsWith('{')) {
    for (const [inner, other] of mutationsOf(JSON.parse(value), `${path}~json`)) {
      // What is no JSON cannot be in a text.
      if (!/bigint/.test(inner)) yield [inner, JSON.stringify(other)]
    }
  } else if (Array.isArray(value)) {
    // The first item, one in the middle and the last one stand for all.
    for (const at of new Set([0, value.length >> 1, value.length - 1])) {
      for (const [inner, other] of mutationsOf(value[at], `${path}[${at}]`)) {
        yield [inner, value.map((one: unknown, i) => (i === at ? other : one))]
      }
    }
  } else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [name, member] of Object.entries(value)) {
      const inside = `${path}.${name}`
      const rest = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
      if (!isPlausible(inside, member, undefined)) yield [`${inside} missing`, rest]
      for (const [inner, other] of mutationsOf(member, inside)) yield [inner, { ...value, [name]: other }]
    }
  }
}

let good: Records
let truth: ReturnType<typeof contentOf>

async function recordsOf(database: Transactions): Promise<Records> {
  return database.transact('readonly', async (store) => {
    const [keys, values] = await Promise.all([requestResult(store.getAllKeys()), requestResult(store.getAll())])
    return keys.map((key, i) => [key, values[i]] as Records[number])
  })
}

beforeAll(async () => {
  const database = createDatabase()
  const { definitions, writer } = openPage(database)
  definitions.apply(splitChanges(10, [...FLAGS, flag('flag4', 5)], 4, SEGMENTS))
  await writer.writeDefinitions(definitions.snapshot, NOW - 1000)
  definitions.apply(splitChanges(11, [...CHANGED, flag('flag4', 11, { status: 'ARCHIVED' })], 4))
  await writer.writeDefinitions(definitions.snapshot, NOW - 500)
  await writer.writeMemberships('user', { confirmedAt: NOW - 500, answer: ANSWER })
  good = await recordsOf(database)
  const fresh = openPage(createDatabase())
  fresh.definitions.apply(TRUTH)
  truth = contentOf(fresh)
})

describe('a cache in which one thing is wrong', () => {
  /** A visit, its first answer, and the next visit. @returns whether the cache was used */
  async function visit(records: Records, what: string): Promise<boolean> {
    const database = createDatabase()
    await database.transact('readwrite', (store) => {
      for (const [key, value] of records) store.put(value, key)
    })
    const page = openPage(database)
    const { definitions, cache, writer, onFault } = page
    const { definitions: found, memberships } = await cache.read(['user'])
    if (found) definitions.load(found)
    for (const { answer } of memberships.values()) {
      const user = createMemberships('user')
      user.apply(answer)
      // The service's answer is never turned down for a number that it never had.
      user.apply({ ms: { k: [{ n: 'news' }], cn: NOW }, ls: { k: [], cn: NOW } })
      expect([what, ...user.segments]).toEqual([what, 'news'])
    }
    for (const name of ['flag0', 'flag3', 'ü😀', 'new', 'flag4', 'r1']) {
      definitions.flag(name)
      definitions.ruleBasedSegment(name)
    }
    contentOf(page)
    const since = definitions.changeNumbers()
    expect([what, Number.isSafeInteger(since.flags), since.flags <= 11]).toEqual([what, true, true])

    definitions.apply(answerTo(since), since)
    expect([what, contentOf(page)]).toEqual([what, truth])
    if (page.onCorrupt.mock.calls.length) await writer.forgetDefinitions()
    await writer.writeDefinitions(definitions.snapshot, NOW)
    expect([what, onFault.mock.calls]).toEqual([what, []])

    const next = openPage(database)
    const { definitions: stored } = await next.cache.read(['user'])
    if (stored) next.definitions.load(stored)
    expect([what, contentOf(next)]).toEqual([what, truth])
    return !!found
  }

  it.each(['header', 'memberships', 'patch', 'texts'])(
    'is none, or as good as whole: the service is asked, and the next visit has it right (%s)',
    async (record) => {
      const at = good.findIndex(([key]) => JSON.stringify(key).includes(record))
      const [key, value] = good[at] as Records[number]
      expect(await visit(good, 'nothing')).toBe(true)
      const isNeeded = record === 'header' || record === 'texts'
      expect(
        await visit(
          good.filter((_, i) => i !== at),
          `${record} missing`,
        ),
      ).toBe(!isNeeded)
      let visits = 0
      for (const [what, other] of mutationsOf(value)) {
        visits++
        const records = good.map((one, i) => (i === at ? ([key, other] as Records[number]) : one))
        const isUsed = await visit(records, `${record} ${what}`)
        // A text is checked only when its flag is asked for.
        if (record === 'header' && typeof other !== 'object') expect([what, isUsed]).toEqual([what, false])
      }
      expect(visits).toBeGreaterThan(20)
    },
    120_000,
  )
})
