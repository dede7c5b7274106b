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

it('takes no time itself, and anything for a pattern', () => {
  const started = performance.now()
  for (const pattern of ['(' + 'a*'.repeat(500_000), '('.repeat(1_000_000), '(a+'.repeat(300_000)]) ask(pattern)
  expect(performance.now() - started).toBeLessThan(200)
  for (const pattern of [null, 5, { toString: 1 }]) expect(ask(pattern)).toBe(false)
})
