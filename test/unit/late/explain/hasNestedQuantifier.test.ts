import { expect, it } from 'vitest'
import { hasNestedQuantifier } from '../../../../src/late/explain/hasNestedQuantifier'

const ask = (stringMatcherData: unknown, matcherType = 'MATCHES_STRING') =>
  hasNestedQuantifier({ matcherType, stringMatcherData })

it.each(['(a+)+', '(a+bc)+', '(a*)*', '(x+x+)+y', '(?:\\d+)*$', '(a{2,})+', '((a+))+', '(a+){5,}'])('%s', (pattern) => {
  expect(ask(pattern)).toBe(true)
})

it.each(['a+', '(a+)', '(ab)+', '(a)+b+', '^[a-z]+$', '', undefined])('not %s', (pattern) => {
  expect(ask(pattern)).toBe(false)
})

it('is about regular expressions only', () => {
  expect(ask('(a+)+', 'WHITELIST')).toBe(false)
})

it('reads the beginning of a long pattern, and takes anything for one', () => {
  expect([995, 996].map((before) => ask('x'.repeat(before) + '(a+)+'))).toEqual([true, false])
  for (const pattern of [null, 5, { toString: 1 }]) expect(ask(pattern)).toBe(false)
})
