import { expect, it } from 'vitest'
import { about, says, saysOf, subjectOf, summaryOf } from '../ask'

const list = (...whitelist: unknown[]) => about('WHITELIST', { whitelistMatcherData: { whitelist } })

it('is one of a list, exactly', () => {
  // Each is asked more than once, because the first answer is found in another way than later ones.
  const twice = list('a', 'b')
  for (let i = 0; i < 4; i++) {
    expect(says(twice, 'b')).toBe(true)
    expect(says(twice, 'B')).toBe(false)
    expect(says(twice, ' b')).toBe(false)
  }
})

it('goes on answering the same', () => {
  const definition = { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['user-1', 5] } }
  expect(saysOf(definition, undefined, subjectOf('user-1'))).toBe(true)
  expect(saysOf(definition, undefined, subjectOf('5'))).toBe(false)
})

it('is false without a list', () => {
  expect(says(about('WHITELIST', { whitelistMatcherData: null }), 'a')).toBe(false)
  expect(says(about('WHITELIST', { whitelistMatcherData: { whitelist: 'abc' } }), 'a')).toBe(false)
  expect(says(about('WHITELIST', {}, true), 'a')).toBe(true)
})

it('is summarised, long lists cut', () => {
  expect(summaryOf(list('california'))).toBe('user.v in list ["california"]')
  expect(summaryOf(list(1, 2, 3, 4, 5))).toBe('user.v in list ["1","2","3","4","5"]')
  expect(summaryOf(list(1, 2, 3, 4, 5, 6, 7))).toBe('user.v in list ["1","2","3","4","5"] and 2 more')
})
