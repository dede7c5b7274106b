import { expect, it } from 'vitest'
import { about, says, summaryOf } from '../ask'

const list = (...whitelist: unknown[]) => about('IN_LIST_SEMVER', { whitelistMatcherData: { whitelist } })

it('is one of a list, metadata included', () => {
  expect(says(list('1.0.0', '02.0.0'), '2.0.0')).toBe(true)
  expect(says(list('1.0.0', '2.0.0', '3.0.0'), '2.0.0')).toBe(true)
  expect(says(list('1.0.0', '2.0.0'), '2.0.0+b')).toBe(false)
  expect(says(list('1.0.0', '2.0.0'), '3.0.0')).toBe(false)
})

it('is false when one of the list is no version, or the list is empty', () => {
  expect(says(list('1.0.0', 'x'), '1.0.0')).toBe(false)
  expect(says(list(), '1.0.0')).toBe(false)
  expect(says({ ...list(), negate: true }, '1.0.0')).toBe(true)
  expect(says(about('IN_LIST_SEMVER', {}), '1.0.0')).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(list('1.0.0'))).toBe('user.v in versions ["1.0.0"]')
})
