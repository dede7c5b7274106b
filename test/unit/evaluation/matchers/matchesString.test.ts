import { expect, it } from 'vitest'
import { about, says, saysOf, definitionsOf, subjectOf, summaryOf } from '../ask'

const pattern = (stringMatcherData?: unknown) => about('MATCHES_STRING', { stringMatcherData })

it('finds a pattern anywhere in the text', () => {
  expect(says(pattern('b+'), 'abbc')).toBe(true)
  expect(says(pattern('^b'), 'abbc')).toBe(false)
  expect(says(pattern('B'), 'abbc')).toBe(false)
})

it('has no flags', () => {
  expect(says(pattern('^.$'), '😀')).toBe(false)
  expect(says(pattern('^b'), 'a\nb')).toBe(false)
})

it('is false for a pattern that is none, again and again', () => {
  const broken = pattern('[')
  expect([says(broken, 'a'), says(broken, 'a')]).toEqual([false, false])
  expect(says({ ...broken, negate: true }, 'a')).toBe(true)
})

it('matches everything without a pattern', () => {
  expect(says(pattern(), 'a')).toBe(true)
  expect(says(pattern(''), 'a')).toBe(true)
  expect(says(pattern(null), 'a')).toBe(false)
  expect(says(pattern(null), 'null')).toBe(true)
})

it('leaves texts of more than 10,000 units alone, and says so', () => {
  const warnings: string[] = []
  const definitions = { ...definitionsOf(), warn: (message: string) => void warnings.push(message) }
  const ask = (v: string) => saysOf(pattern('^a'), { v }, subjectOf(), definitions)
  expect(ask('a'.repeat(10_000))).toBe(true)
  expect(warnings).toEqual([])
  expect(ask('a'.repeat(10_001))).toBe(false)
  expect(warnings).toEqual(['text too long'])
  expect(says(pattern('^a'), 'a'.repeat(10_001))).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(pattern('^a'))).toBe('user.v matches ^a')
  expect(summaryOf(pattern())).toBe('user.v matches')
})
