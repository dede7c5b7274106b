import { expect, it } from 'vitest'
import { about, says, summaryOf } from '../ask'

const list = (...whitelist: unknown[]) => about('STARTS_WITH', { whitelistMatcherData: { whitelist } })

it.each(['abc', 'ab'])('%s matches', (text) => {
  expect(says(list('zz', 'ab'), text)).toBe(true)
})

it.each(['xab', 'ABc', 'a'])('%s does not', (text) => {
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
  expect(says(about('STARTS_WITH', {}), 'x')).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(list('ab'))).toBe('user.v starts with ["ab"]')
})
