import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../../../demo/server/createDatabase'
import { createEnvironment } from '../../../demo/server/createEnvironment'
import { createFaults } from '../../../demo/server/createFaults'
import { createQa } from '../../../demo/server/createQa'
import { createRetention } from '../../../demo/server/createRetention'
import { createTail } from '../../../demo/server/createTail'

let database: Database
beforeEach(() => {
  database = createDatabase(':memory:')
})
afterEach(() => database.close())

const row = {
  receivedAt: 1,
  environmentId: 'e',
  environmentName: 'Development',
  trafficTypeId: 't',
  trafficTypeName: 'user',
  transport: 'fetch',
  flag: 'alpha',
  key: 'ada',
  treatment: 'on',
  time: 1,
}

/** Asks as the page does: a change names its origin, and is JSON. */
function open(over: Partial<Database> = {}) {
  const environment = createEnvironment({
    name: 'Development',
    definitions: { ff: { d: [{ name: 'alpha', changeNumber: 5, defaultTreatment: 'off' }], t: 5 } },
    memberships: {},
  })
  const qa = createQa({
    environments: [environment],
    database: { ...database, ...over },
    tail: createTail(database),
    faults: createFaults(),
    retention: createRetention({ database, days: 1, onDeleted: () => {} }),
  })
  const headers = { host: 'localhost', origin: 'http://localhost', 'content-type': 'application/json' }
  const ask = async (method: string, path: string, body?: unknown) =>
    qa.request(
      path,
      { method, ...(body !== undefined && { body: JSON.stringify(body) }), headers },
      { incoming: { headers, resume() {} } },
    )
  return { environment, ask }
}

describe('an export that fails', () => {
  it('before its first bytes is a failed response', async () => {
    const { ask } = open({
      // oxlint-disable-next-line require-yield -- it fails before.
      *pages() {
        throw new Error('the disk is gone')
      },
    })
    const response = await ask('GET', '/export?format=parquet')
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ message: 'the demo server failed: the disk is gone' })
  })

  it('later is cut off, so that half a file never passes for a whole one', async () => {
    const { ask } = open({
      *pages() {
        database.insert('impressions', [{ ...row }])
        yield database.rows('impressions')
        throw new Error('the disk is gone')
      },
    })
    const response = await ask('GET', '/export?format=csv')
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('the disk is gone')
    expect(await (await ask('GET', '/export-progress?id=')).json()).toEqual({ rows: 0, total: 0 })
  })
})

describe('flags', () => {
  it('are made, copied, archived and brought back', async () => {
    const { ask, environment } = open()
    const made = await ask('POST', '/flags', { name: 'beta', trafficType: 'account' })
    expect(await made.json()).toMatchObject({ name: 'beta', trafficType: 'account', treatments: ['on', 'off'] })
    const copy = await ask('POST', '/flags', { name: 'gamma', copyOf: 'beta' })
    expect(await copy.json()).toMatchObject({ name: 'gamma', trafficType: 'account' })
    const before = environment.definitions.flag('beta')?.changeNumber
    expect((await ask('PATCH', '/flags/beta', { archived: true })).status).toBe(200)
    expect(environment.definitions.flag('beta')?.status).toBe('ARCHIVED')
    expect(await (await ask('GET', '/forms')).json()).toMatchObject([{ name: 'alpha' }, { name: 'gamma' }])
    expect((await ask('PUT', '/history/flags/beta', { version: before })).status).toBe(200)
    expect(environment.definitions.flag('beta')?.status).toBe('ACTIVE')
    expect(environment.definitions.flag('beta')?.changeNumber).toBeGreaterThan(before ?? Infinity)
  })

  it.each([
    [{ name: '1st' }, 'a name begins with a letter'],
    [{ name: 'x'.repeat(101) }, 'at most 100'],
    [{ name: 'alpha' }, 'there is a flag alpha already'],
    [{ name: 'beta', trafficType: ' ' }, 'a traffic type is needed'],
    [{ name: 'beta', copyOf: 'nobody' }, 'there is no such flag to copy'],
    [null, 'a name begins with a letter'],
  ])('are not made of %j', async (wanted, message) => {
    const response = await open().ask('POST', '/flags', wanted)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { message: string }).message).toContain(message)
  })

  it('have a history, newest first, and an earlier version can be made the newest', async () => {
    const { ask, environment } = open()
    await ask('PATCH', '/flags/alpha', { defaultTreatment: 'blue' })
    await ask('PATCH', '/flags/alpha', { defaultTreatment: 'red', sets: ['shop'] })
    const history = (await (await ask('GET', '/history/flags/alpha')).json()) as {
      defaultTreatment: string
      changeNumber: number
    }[]
    expect(history.map(({ defaultTreatment }) => defaultTreatment)).toEqual(['red', 'blue', 'off'])
    expect(history[2]?.changeNumber).toBe(5)
    expect((await ask('PUT', '/history/flags/alpha', { version: 5 })).status).toBe(200)
    // A member that a later version added is gone as well.
    expect(environment.definitions.flag('alpha')).toEqual({
      name: 'alpha',
      changeNumber: expect.any(Number),
      defaultTreatment: 'off',
    })
    expect(environment.definitions.flag('alpha')?.changeNumber).toBeGreaterThan(history[0]?.changeNumber ?? Infinity)
    expect((await ask('PUT', '/history/flags/alpha', { version: 6 })).status).toBe(400)
    expect((await ask('PUT', '/history/flags/alpha', { version: 5, changeNumber: 5 })).status).toBe(400)
  })

  it('get configurations, and lose those whose text is empty', async () => {
    const { ask, environment } = open()
    await ask('PATCH', '/flags/alpha', { configurations: { on: '{"a":1}', off: ' ' } })
    expect(environment.definitions.flag('alpha')?.['configurations']).toEqual({ on: '{"a":1}' })
    for (const configurations of [[], { on: 1 }, { on: 'x'.repeat(10_001) }, { control: 'x' }]) {
      expect((await ask('PATCH', '/flags/alpha', { configurations })).status).toBe(400)
    }
  })
})

describe('prerequisites', () => {
  it('must be there, and not go in a circle', async () => {
    const { ask, environment } = open()
    const say = async (name: string, flag: string) => {
      const answer = await ask('PATCH', `/flags/${name}`, { prerequisites: [{ flag, treatments: ['on'] }] })
      return answer.status === 200 ? 'saved' : ((await answer.json()) as { message: string }).message
    }
    expect(await say('alpha', 'beta')).toBe('there is no flag beta')
    expect((await ask('POST', '/flags', { name: 'beta' })).status).toBe(200)
    expect(await say('alpha', 'beta')).toBe('saved')
    expect(await say('beta', 'alpha')).toBe('prerequisites in a circle: beta → alpha → beta')
    // An earlier version that is brought back must not make a circle either.
    const version = environment.definitions.flag('alpha')?.changeNumber
    await ask('PATCH', '/flags/alpha', { prerequisites: [] })
    expect(await say('beta', 'alpha')).toBe('saved')
    const restored = await ask('PUT', '/history/flags/alpha', { version })
    expect(await restored.json()).toEqual({ message: 'prerequisites in a circle: alpha → beta → alpha' })
  })
})

describe('rule-based segments', () => {
  const rules = [{ matchers: [{ operator: 'atLeast', attribute: 'orders', values: [10] }] }]

  it('are made, changed and archived, and told to the open pages', async () => {
    const { ask, environment } = open()
    const say = async (method: string, path: string, body: unknown) => (await ask(method, path, body)).json()
    const made = (await say('POST', '/segments', { name: 'loyal' })) as { changeNumber: number }
    const change = { excludedKeys: ['ada'], excludedSegments: [{ type: 'large', name: 'staff' }], rules }
    expect(await say('PATCH', '/segments/loyal', { ...change, changeNumber: made.changeNumber })).toMatchObject({
      name: 'loyal',
      excludedKeys: ['ada'],
      rules: [{ label: 'user.orders >= 10' }],
    })
    const [segment] = environment.definitions.document.rbs.d
    expect(segment).toMatchObject({
      status: 'ACTIVE',
      trafficTypeName: 'user',
      excluded: { keys: ['ada'], segments: [{ type: 'large', name: 'staff' }] },
      conditions: [{ conditionType: 'ROLLOUT', label: 'user.orders >= 10' }],
    })
    expect(environment.definitions.document.rbs.t).toBe(segment?.changeNumber)
    const [, empty] = (await (await ask('GET', '/history/segments/loyal')).json()) as object[]
    expect(empty).toMatchObject({ changeNumber: made.changeNumber, rules: [], excludedKeys: [] })
    // Somebody else saved a change first.
    expect((await ask('PATCH', '/segments/loyal', { rules, changeNumber: made.changeNumber })).status).toBe(400)
    expect(await say('PUT', '/history/segments/loyal', { version: made.changeNumber })).toMatchObject({ rules: [] })
    expect(environment.definitions.segment('loyal')).toMatchObject({ conditions: [] })
    expect(environment.definitions.document.rbs.t).toBeGreaterThan(segment?.changeNumber ?? Infinity)
    expect((await ask('PUT', '/history/segments/loyal', { version: 1 })).status).toBe(400)
    await say('PATCH', '/segments/loyal', { archived: true })
    expect(await (await ask('GET', '/segments')).json()).toEqual([])
    expect(environment.definitions.document.ff.d).toHaveLength(1)
  })

  it.each([
    [{ excludedSegments: [{ type: 'huge', name: 'x' }] }, 'standard, large or rule-based'],
    [{ excludedSegments: [{ type: 'rule-based', name: 'loyal' }] }, 'cannot exclude itself'],
    [{ rules: [{ matchers: [] }] }, 'a rule has no conditions'],
    [{ killed: true }, 'killed is nothing that can be changed'],
  ])('%j is refused', async (change, message) => {
    const { ask } = open()
    await ask('POST', '/segments', { name: 'loyal' })
    const answer = await ask('PATCH', '/segments/loyal', change)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ message: expect.stringContaining(message) })
  })
})
