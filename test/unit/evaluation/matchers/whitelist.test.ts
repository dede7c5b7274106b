import { expect, it, vi } from 'vitest'
import { whitelist } from '../../../../src/evaluation/matchers/whitelist'
import { about, says, saysOf, subjectOf, summaryOf, walkOf } from '../ask'

const list = (...texts: unknown[]) => about('WHITELIST', { whitelistMatcherData: { whitelist: texts } })

it('is one of a list, exactly', () => {
  // Each is asked more than once, because the first answer is found in another way than later ones.
  const ask = whitelist.build({ whitelist: ['a', 'b'] })
  for (let i = 0; i < 4; i++) {
    for (const text of ['b', 'B', ' b']) expect(ask(text, walkOf())).toBe(text === 'b')
  }
})

it('is looked up in a set, which is slow to make, only where it is asked for again', () => {
  const texts = ['a', 'b']
  const searched = vi.spyOn(texts, 'includes')
  const walked = vi.spyOn(texts, Symbol.iterator)
  const ask = whitelist.build({ whitelist: texts })
  ask('b', walkOf())
  expect([searched.mock.calls.length, walked.mock.calls.length]).toEqual([1, 0])
  for (let i = 0; i < 9; i++) ask('b', walkOf())
  expect([searched.mock.calls.length, walked.mock.calls.length]).toEqual([2, 1])
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
