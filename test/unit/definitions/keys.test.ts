import { describe, expect, it, vi } from 'vitest'
import { createKeys } from '../../../src/definitions/keys'
import { createHub } from '../../../src/shared/hub'

const CACHED = { confirmedAt: 7, answer: { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [] } } }

function openKeys() {
  const hub = createHub({ error: vi.fn() } as never)
  const onKey = vi.fn()
  const onMemberships = vi.fn()
  hub.on('key', ({ matchingKey, isUsed }) => onKey(matchingKey, isUsed))
  hub.on('memberships', ({ matchingKey, isChanged }) => onMemberships(matchingKey, isChanged))
  return { keys: createKeys(hub), hub, onKey, onMemberships }
}
const namesOf = (keys: ReturnType<typeof createKeys>) => keys.all().map(({ matchingKey }) => matchingKey)

describe('a key', () => {
  it('is in use until each of its registrations has ended, once each', () => {
    const { keys, onKey } = openKeys()
    const one = keys.register('user')
    const two = keys.register('user')
    expect(two.memberships).toBe(one.memberships)
    expect(onKey.mock.calls).toEqual([['user', true]])
    one.end()
    one.end()
    expect(namesOf(keys)).toEqual(['user'])
    two.end()
    expect(namesOf(keys)).toEqual([])
    expect(keys.get('user')).toBeUndefined()
    expect(onKey.mock.calls).toEqual([
      ['user', true],
      ['user', false],
    ])
  })

  it('is there when its coming is told, and gone when its going is', () => {
    const { keys, hub } = openKeys()
    const seen: (readonly [boolean, string[]])[] = []
    hub.on('key', ({ isUsed }) => seen.push([isUsed, namesOf(keys)]))
    keys.register('user').end()
    expect(seen).toEqual([
      [true, ['user']],
      [false, []],
    ])
  })

  it('that comes again begins anew', () => {
    const { keys } = openKeys()
    const first = keys.register('user')
    keys.load('user', CACHED)
    first.end()
    const second = keys.register('user')
    expect(second.memberships).not.toBe(first.memberships)
    expect(second.memberships.isKnown()).toBe(false)
    // A late second end of the first registration does not touch the second one.
    first.end()
    expect(keys.get('user')?.memberships).toBe(second.memberships)
  })

  it('stands in the order of its coming, under any name', () => {
    const { keys } = openKeys()
    for (const key of ['b', '__proto__', 'a', 'b', 'constructor']) keys.register(key)
    expect(namesOf(keys)).toEqual(['b', '__proto__', 'a', 'constructor'])
  })
})

describe('what the cache knew', () => {
  it('is taken, told of, and not confirmed', () => {
    const { keys, onMemberships } = openKeys()
    const { memberships } = keys.register('user')
    keys.load('user', CACHED)
    expect([...memberships.segments]).toEqual(['s'])
    expect(onMemberships.mock.calls).toEqual([['user', true]])
    expect(keys.get('user')).toMatchObject({ state: 'unknown', storedAt: 7 })
  })

  it('of an empty list is told of as well: the key is known to be in no segment', () => {
    const { keys, onMemberships } = openKeys()
    const { memberships } = keys.register('user')
    keys.load('user', { confirmedAt: 7, answer: { ms: { k: [] }, ls: { k: [] } } })
    expect(memberships.isKnown()).toBe(true)
    expect(onMemberships.mock.calls).toEqual([['user', false]])
  })

  it.each([
    ['no number is known', { ms: { k: [{ n: 'new' }] } }, { ms: { k: [{ n: 's' }] }, ls: {} }, ['new']],
    ['only the cache has a number', { ms: { k: [{ n: 'new' }] } }, CACHED.answer, ['new']],
    ['it is older', { ms: { k: [{ n: 'new' }], cn: 4 } }, CACHED.answer, ['new']],
    ['it is as old', { ms: { k: [{ n: 'new' }], cn: 3 } }, CACHED.answer, ['new']],
    ['it is newer', { ms: { k: [{ n: 'new' }], cn: 2 } }, CACHED.answer, ['s']],
  ])('stands behind what the page brought along, unless it is newer: %s', (_, brought, answer, names) => {
    const { keys, onMemberships } = openKeys()
    const { memberships } = keys.register('user')
    memberships.apply(brought)
    keys.load('user', { confirmedAt: 7, answer })
    expect([...memberships.segments]).toEqual(names)
    expect(onMemberships.mock.calls).toEqual([['user', names[0] === 's']])
    // What is on disk may be older: it is written again once the service has answered.
    expect(keys.get('user')).toMatchObject({ state: 'unknown', storedAt: undefined })
  })

  it('counts for nothing after the service answered, for a key that nobody uses, and when it is nothing', () => {
    const { keys, onMemberships } = openKeys()
    const { memberships } = keys.register('user')
    const entry = keys.get('user')
    keys.load('other', CACHED)
    keys.load('user', undefined)
    expect(entry?.storedAt).toBeUndefined()
    if (entry) entry.state = 'confirmed'
    keys.load('user', CACHED)
    expect(memberships.isKnown()).toBe(false)
    expect(onMemberships).not.toHaveBeenCalled()
    expect(entry?.storedAt).toBeUndefined()
  })
})
