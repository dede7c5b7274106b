import { describe, expect, it } from 'vitest'
import { createFilter } from '../../../src/definitions/filter'
import { flag } from './fakes'

describe('query', () => {
  it.each([
    [{}, ''],
    // These queries were recorded from the official SDK.
    [{ flagNames: ['b', 'a', 'A', 'ñandú', 'a,b', 'a&b', 'a'] }, '&names=A,a,a%26b,a%2Cb,b,%C3%B1and%C3%BA'],
    [{ flagSets: ['set_2', 'set_1', 'SET_1'] }, '&sets=set_1,set_2'],
    [{ flagNames: ['n'], flagPrefixes: ['q', 'p'] }, '&names=n&prefixes=p,q'],
    [{ flagPrefixes: [' p '] }, '&prefixes=p'],
    [{ flagSets: ['one'], flagNames: ['n'], flagPrefixes: ['p'] }, '&sets=one'],
    [{ flagSets: ['no set!', '_x', 'a'.repeat(51)], flagNames: ['n'] }, ''],
    [{ flagNames: ['', '  '] }, ''],
  ])('%j → %s', (filter, query) => {
    expect(createFilter(filter).query).toBe(query)
  })
})

describe('accepts', () => {
  it.each([
    [{}, flag('any', 1), true],
    [{ flagSets: ['s'] }, flag('a', 1, { sets: ['t', 's'] }), true],
    [{ flagSets: ['s'] }, flag('a', 1, { sets: ['t'] }), false],
    [{ flagSets: ['s'] }, flag('a', 1, { sets: null }), false],
    [{ flagSets: ['s'] }, flag('a', 1, { sets: 's' }), false],
    [{ flagNames: ['a'] }, flag('a', 1), true],
    [{ flagNames: ['a'], flagPrefixes: ['b'] }, flag('bc', 1), true],
    [{ flagNames: ['a'], flagPrefixes: ['b'] }, flag('ab', 1), false],
  ])('%j %j → %s', (filter, definition, answer) => {
    expect(createFilter(filter).accepts(definition)).toBe(answer)
  })
})
