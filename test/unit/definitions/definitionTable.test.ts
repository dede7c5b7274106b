import { describe, expect, it, vi } from 'vitest'
import { createDefinitionTable } from '../../../src/definitions/definitionTable'
import { cacheOf, flag } from './fakes'
import type { Definition } from '../../../src/definitions/types'

function open(accepts?: (raw: Definition) => boolean) {
  const compile = vi.fn((raw: Definition, name: string) => ({ name, killed: raw.killed }))
  const onCorrupt = vi.fn()
  const shelf = createDefinitionTable(compile, onCorrupt, accepts)
  return {
    shelf,
    compile,
    onCorrupt,
    put: (t: number, d: unknown, since?: number, isReset = false) => shelf.put({ t, d }, since, isReset),
    names: () => [...shelf.shown().keys()],
  }
}

describe('an answer', () => {
  it('adds, changes and removes, and says which names', () => {
    const { put, names, shelf } = open()
    expect(put(1, [flag('a', 1), flag('b', 1)])).toEqual(['a', 'b'])
    expect(put(2, [flag('b', 2), flag('c', 2), flag('a', 2, { status: 'ARCHIVED' })], 1)).toEqual(['b', 'c', 'a'])
    expect(names()).toEqual(['b', 'c'])
    expect(shelf.changeNumber()).toBe(2)
  })

  it.each([
    ['older', 4, 4],
    ['with a gap before it', 9, 7],
  ])('that is %s changes nothing', (_, t, since) => {
    const { put, names, shelf } = open()
    put(5, [flag('a', 5)])
    expect(put(t, [flag('b', t)], since)).toEqual([])
    expect([names(), shelf.changeNumber()]).toEqual([['a'], 5])
  })

  it('that overlaps with what is known is taken', () => {
    const { put, names } = open()
    put(5, [flag('a', 5)])
    expect(put(9, [flag('a', 5), flag('b', 9)], 3)).toEqual(['b'])
    expect(names()).toEqual(['a', 'b'])
  })

  it.each([[null], [undefined], [{}], [{ t: '5', d: [] }], [{ t: NaN }], [{ t: Infinity, d: [] }]])(
    'that is %j is none',
    (half) => {
      const { shelf } = open()
      expect(shelf.put(half as never, undefined, false)).toEqual([])
      expect(shelf.changeNumber()).toBe(-1)
    },
  )

  it.each([null, 5, 'text', {}, [], { name: 5 }, { name: null }])('passes over %j among definitions', (wrong) => {
    const { put, names } = open()
    expect(put(1, [wrong, flag('a', 1)])).toEqual(['a'])
    expect(names()).toEqual(['a'])
  })

  it('with an unchanged definition keeps what was compiled', () => {
    const { put, shelf, compile } = open()
    put(1, [flag('a', 1)])
    const before = shelf.get('a')
    expect(put(2, [flag('a', 1)], 1)).toEqual([])
    expect(shelf.get('a')).toBe(before)
    expect(compile).toHaveBeenCalledTimes(1)
    put(3, [flag('a', 3)], 2)
    expect(shelf.get('a')).not.toBe(before)
  })

  it('to a question from nothing stands for everything', () => {
    const { put, names } = open()
    put(1, [flag('a', 1), flag('b', 1)])
    expect(put(2, [flag('b', 1)], -1)).toEqual(['a'])
    expect(names()).toEqual(['b'])
  })

  it('after a reset stands for everything, and may be lower', () => {
    const { put, names, shelf } = open()
    put(100, [flag('a', 100), flag('b', 100)])
    expect(put(3, [flag('b', 2)], -1, true)).toEqual(['b', 'a'])
    expect([names(), shelf.changeNumber()]).toEqual([['b'], 3])
  })

  it('brings only what was asked for, and takes back what is not asked for any more', () => {
    const { put, names } = open(({ sets }) => (sets as string[]).includes('mine'))
    put(1, [flag('a', 1, { sets: ['mine'] }), flag('b', 1, { sets: [] })])
    expect(names()).toEqual(['a'])
    expect(put(2, [flag('a', 2, { sets: ['theirs'] })], 1)).toEqual(['a'])
    expect(names()).toEqual([])
  })

  it('older than a kill that came ahead does not undo it', () => {
    const { put, shelf } = open()
    put(1, [flag('a', 1)])
    shelf.replace(flag('a', 9, { killed: true }))
    expect(put(5, [flag('a', 5)], 1)).toEqual([])
    expect(shelf.raw('a')).toMatchObject({ killed: true, changeNumber: 9 })
    expect(put(9, [flag('a', 9, { killed: false })], 5)).toEqual(['a'])
    expect(shelf.raw('a')).toMatchObject({ killed: false })
  })

  it('of names that objects have anyway', () => {
    const { put, shelf } = open()
    put(1, [flag('__proto__', 1), flag('constructor', 1)])
    expect(shelf.get('__proto__')).toMatchObject({ name: '__proto__' })
    expect(shelf.get('toString')).toBeUndefined()
  })
})

describe('what the cache has', () => {
  it('is compiled when it is asked for, once', () => {
    const { shelf, compile } = open()
    expect(shelf.load(cacheOf([flag('a', 1), flag('b', 1)]).entries[0], 7)).toEqual(['a', 'b'])
    expect(shelf.changeNumber()).toBe(7)
    expect(compile).not.toHaveBeenCalled()
    expect(shelf.get('b')).toBe(shelf.get('b'))
    expect(compile).toHaveBeenCalledTimes(1)
  })

  it('is given up when it is wrong: that flag is unknown, and it is said once', () => {
    const { shelf, onCorrupt, names } = open()
    shelf.load(cacheOf([flag('a', 1), flag('b', 1)], { text: JSON.stringify(flag('a', 1)) }).entries[0], 7)
    expect(shelf.get('b')).toBeUndefined()
    expect(shelf.raw('b')).toBeUndefined()
    expect(onCorrupt).toHaveBeenCalledTimes(1)
    expect(names()).toEqual(['a'])
    expect(shelf.get('a')).toBeDefined()
  })

  it('once distrusted is replaced by the next answer', () => {
    const { shelf, put, names } = open()
    shelf.load(cacheOf([flag('a', 1), flag('b', 1)]).entries[0], 7)
    shelf.distrust()
    expect(shelf.changeNumber()).toBe(-1)
    expect(put(5, [flag('b', 1)], -1)).toEqual(['a'])
    expect(names()).toEqual(['b'])
  })
})

describe('while an update is held back', () => {
  const held = () => {
    const parts = open()
    parts.put(1, [flag('a', 1), flag('b', 1)])
    parts.shelf.hold()
    return parts
  }

  it('nothing changes for those who ask, until the latest is shown', () => {
    const { shelf, put, names } = held()
    const before = shelf.get('a')
    expect(put(2, [flag('a', 2), flag('c', 2), flag('b', 2, { status: 'ARCHIVED' })], 1)).toEqual([])
    expect(names()).toEqual(['a', 'b'])
    expect(shelf.get('a')).toBe(before)
    expect([...shelf.fresh().keys()]).toEqual(['a', 'c'])
    expect(shelf.showLatest().sort()).toEqual(['a', 'b', 'c'])
    expect(names()).toEqual(['a', 'c'])
    expect(shelf.showLatest()).toEqual([])
  })

  it('a kill is shown, unless the flag was not', () => {
    const { shelf, put } = held()
    expect(put(2, [flag('a', 2, { killed: true }), flag('new', 2, { killed: true })], 1)).toEqual(['a'])
    expect(shelf.raw('a')).toMatchObject({ killed: true })
    expect(shelf.raw('new')).toBeUndefined()
  })

  it('what was damaged in the cache is shown as soon as it arrives', () => {
    const { shelf, put } = open()
    shelf.load(cacheOf([flag('a', 1), flag('b', 1)], { text: JSON.stringify(flag('a', 1)) }).entries[0], 7)
    shelf.hold()
    expect(shelf.get('b')).toBeUndefined()
    expect(put(8, [flag('a', 8), flag('b', 8)], -1)).toEqual(['b'])
    expect([shelf.raw('a')?.changeNumber, shelf.raw('b')?.changeNumber]).toEqual([1, 8])
    // From then on it is held back as the others are.
    expect(put(9, [flag('b', 9)], 8)).toEqual([])
    expect(shelf.raw('b')?.changeNumber).toBe(8)
  })

  it('what was damaged, and mended before, is held back as the others are', () => {
    const { shelf, put } = open()
    shelf.load(cacheOf([flag('a', 1), flag('b', 1)], { text: JSON.stringify(flag('a', 1)) }).entries[0], 7)
    expect(shelf.get('b')).toBeUndefined()
    put(8, [flag('a', 8), flag('b', 8)], -1)
    shelf.hold()
    expect(put(9, [flag('b', 9)], 8)).toEqual([])
    expect(shelf.raw('b')?.changeNumber).toBe(8)
  })

  it('holding twice is holding once', () => {
    const { shelf, put, names } = held()
    put(2, [flag('c', 2)], 1)
    shelf.hold()
    expect(names()).toEqual(['a', 'b'])
    expect(shelf.showLatest()).toEqual(['c'])
  })
})
