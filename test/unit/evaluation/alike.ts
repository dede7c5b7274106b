import { expect, it } from 'vitest'
import { about, says, saysOf, subjectOf, summaryOf } from './ask'

// These tests are for what matchers of one family have in common. The spec of each adds rows of its own.

type Row<Value> = readonly [value: Value, expected: boolean]

/** Matchers that compare an array with a list. The rows are against a list of a and b. */
export function comparesSets(
  matcherType: string,
  expected: { rows: readonly Row<readonly string[]>[]; doubles: boolean; empty: boolean; summary: string },
) {
  const list = (...whitelist: unknown[]) => about(matcherType, { whitelistMatcherData: { whitelist } })

  it.each(expected.rows)('%j of a, b: %s', (value, matches) => {
    expect(says(list('a', 'b'), value)).toBe(matches)
  })

  it('counts the doubles of its own list', () => {
    expect(says(list('a', 'a'), ['a'])).toBe(expected.doubles)
  })

  it('compares an empty list', () => {
    expect(says(list(), ['a'])).toBe(expected.empty)
  })

  it('never matches what is no array, or an empty one', () => {
    expect(says(list('a'), 'a')).toBe(false)
    expect(says(list('a'), [])).toBe(false)
    expect(says(list('a'))).toBe(false)
    expect(says({ ...list('a'), negate: true })).toBe(true)
  })

  it('is false without a list', () => {
    expect(says(about(matcherType, {}), ['a'])).toBe(false)
  })

  it('is summarised', () => {
    expect(summaryOf(list('a', 'b'))).toBe(`user.v ${expected.summary} ["a","b"]`)
  })
}

/** Matchers that look for one of the parts zz and ab in a text. */
export function findsParts(
  matcherType: string,
  expected: { matching: readonly string[]; others: readonly string[]; summary: string },
) {
  const list = (...whitelist: unknown[]) => about(matcherType, { whitelistMatcherData: { whitelist } })

  it.each(expected.matching)('%s matches', (text) => {
    expect(says(list('zz', 'ab'), text)).toBe(true)
  })

  it.each(expected.others)('%s does not', (text) => {
    expect(says(list('zz', 'ab'), text)).toBe(false)
  })

  it('finds an empty part in any text', () => {
    expect(says(list(''), 'x')).toBe(true)
    expect(says(list(''), '')).toBe(false)
  })

  it('leaves out what is no text', () => {
    expect(says(list(null, 1, 'ab'), '1')).toBe(false)
    expect(says(list(null, 1, 'ab'), 'ab')).toBe(true)
  })

  it('is false with an empty list or none', () => {
    expect(says(list(), 'x')).toBe(false)
    expect(says(about(matcherType, {}), 'x')).toBe(false)
  })

  it('is summarised', () => {
    expect(summaryOf(list('ab'))).toBe(`user.v ${expected.summary} ["ab"]`)
  })
}

/** Matchers that compare with one number, or one time. The rows are against 10, and against 2016-03-17, 18:55:47 UTC. */
export function comparesNumbers(
  matcherType: string,
  expected: { numbers: readonly Row<unknown>[]; dates: readonly Row<number>[]; summary: string },
) {
  const than = (value: unknown, dataType?: string) =>
    about(matcherType, { unaryNumericMatcherData: { dataType, value } })
  const time = Date.UTC(2016, 2, 17, 18, 55, 47)

  it.each(expected.numbers)('%j against 10: %s', (value, matches) => {
    expect(says(than(10), value)).toBe(matches)
    expect(says(than(10, 'NUMBER'), value)).toBe(matches)
    expect(says({ ...than(10), negate: true }, value)).toBe(!matches)
  })

  it.each(expected.dates)('%d as a date: %s', (value, matches) => {
    expect(says(than(time, 'DATETIME'), value)).toBe(matches)
    expect(says(than(time, 'DATETIME'), new Date(value))).toBe(matches)
  })

  it('never matches what is no number, nor the key', () => {
    expect(says(than(10), 'ten')).toBe(false)
    expect(says(than(10))).toBe(false)
    const onKey = { matcherType, unaryNumericMatcherData: { value: 10 } }
    expect(saysOf(onKey, undefined, subjectOf('10'))).toBe(false)
  })

  it('never matches times that are none', () => {
    expect(says(than(Infinity, 'DATETIME'), Infinity)).toBe(false)
    expect(says(than(NaN, 'DATETIME'), time)).toBe(false)
  })

  it('breaks the flag without data', () => {
    expect(() => says(about(matcherType, { unaryNumericMatcherData: null }), 10)).toThrow('broken definition')
    expect(() => says(about(matcherType, {}), 10)).toThrow('broken definition')
  })

  it('is summarised', () => {
    expect(summaryOf(than(10))).toBe(`user.v ${expected.summary} 10`)
    expect(summaryOf(than(time, 'DATETIME'))).toBe(`user.v ${expected.summary} 2016-03-17T18:55:47.000Z`)
  })
}

/** Matchers that compare with one version. The rows are against 1.2.3, which matches itself. */
export function comparesVersions(matcherType: string, expected: { rows: readonly Row<string>[]; summary: string }) {
  const than = (stringMatcherData: unknown) => about(matcherType, { stringMatcherData })

  it.each(expected.rows)('%s against 1.2.3: %s', (value, matches) => {
    expect(says(than('1.2.3'), value)).toBe(matches)
  })

  it('reads the key', () => {
    expect(saysOf({ matcherType, stringMatcherData: '1.2.3' }, undefined, subjectOf('1.2.3'))).toBe(true)
  })

  it('is false for a rule without a version', () => {
    expect(says(than('1.2'), '1.2')).toBe(false)
    expect(says(than(null), '1.2.3')).toBe(false)
    expect(says({ ...than(undefined), negate: true }, '1.2.3')).toBe(true)
  })

  it('is summarised', () => {
    expect(summaryOf(than('1.2.3'))).toBe(`user.v ${expected.summary} version 1.2.3`)
  })
}
