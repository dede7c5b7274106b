import { describe, expect, it } from 'vitest'
import { createFilter } from '../../../src/definitions/filter'
import { flag } from './fakes'

describe('query', () => {
  it.each([
    [{}, ''],
    // These queries were recorded from the official SDK.
    [{ names: ['b', 'a', 'A', 'ñandú', 'a,b', 'a&b', 'a'] }, '&names=A,a,a%26b,a%2Cb,b,%C3%B1and%C3%BA'],
    [{ sets: ['set_2', 'set_1', 'SET_1'] }, '&sets=set_1,set_2'],
    [{ names: ['n'], prefixes: ['q', 'p'] }, '&names=n&prefixes=p,q'],
    [{ prefixes: [' p '] }, '&prefixes=p'],
    [{ sets: ['one'], names: ['n'], prefixes: ['p'] }, '&sets=one'],
    [{ sets: ['no set!', '_x', 'a'.repeat(51)], names: ['n'] }, ''],
    [{ names: ['', '  '] }, ''],
  ])('%j → %s', (filter, query) => {
    expect(createFilter(filter).query).toBe(query)
  })
})

describe('accepts', () => {
  it.each([
    [{}, flag('any', 1), true],
    [{ sets: ['s'] }, flag('a', 1, { sets: ['t', 's'] }), true],
    [{ sets: ['s'] }, flag('a', 1, { sets: ['t'] }), false],
    [{ sets: ['s'] }, flag('a', 1, { sets: null }), false],
    [{ sets: ['s'] }, flag('a', 1, { sets: 's' }), false],
    [{ names: ['a'] }, flag('a', 1), true],
    [{ names: ['a'], prefixes: ['b'] }, flag('bc', 1), true],
    [{ names: ['a'], prefixes: ['b'] }, flag('ab', 1), false],
  ])('%j %j → %s', (filter, definition, answer) => {
    expect(createFilter(filter).accepts(definition)).toBe(answer)
  })
})
