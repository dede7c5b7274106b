import { describe, expect, it, vi } from 'vitest'
import { createUniqueKeys, mergeUniqueKeys } from '../../../src/impressions/uniqueKeys'

describe('unique keys', () => {
  it('lists each flag once per key, in the order of first appearance, numeric keys as well', () => {
    const uniqueKeys = createUniqueKeys(() => undefined)
    for (const [key, flag] of [
      ['u', 'b'],
      ['5', 'a'],
      ['u', 'a'],
      ['u', 'b'],
    ] as const)
      uniqueKeys.add(key, flag)
    expect(uniqueKeys.takeKeys()).toEqual([
      { k: 'u', fs: ['b', 'a'] },
      { k: '5', fs: ['a'] },
    ])
    expect(uniqueKeys.takeKeys()).toEqual([])
  })

  it('takes keys that are members of every object', () => {
    const uniqueKeys = createUniqueKeys(() => undefined)
    uniqueKeys.add('constructor', 'a')
    uniqueKeys.add('__proto__', 'constructor')
    expect(uniqueKeys.takeKeys()).toEqual([
      { k: 'constructor', fs: ['a'] },
      { k: '__proto__', fs: ['constructor'] },
    ])
  })

  it('says once per taking that there is something', () => {
    const onDirty = vi.fn()
    const uniqueKeys = createUniqueKeys(onDirty)
    uniqueKeys.add('a', 'f')
    uniqueKeys.add('b', 'f')
    expect(onDirty).toHaveBeenCalledTimes(1)
    uniqueKeys.takeKeys()
    uniqueKeys.add('a', 'f')
    expect(onDirty).toHaveBeenCalledTimes(2)
  })

  it('merges what several pages gathered', () => {
    expect(
      mergeUniqueKeys([
        { k: 'a', fs: ['x'] },
        { k: 'b', fs: ['x'] },
        { k: 'a', fs: ['y', 'x'] },
      ]),
    ).toEqual([
      { k: 'a', fs: ['x', 'y'] },
      { k: 'b', fs: ['x'] },
    ])
  })
})
