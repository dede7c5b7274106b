import { expect, it } from 'vitest'
import { saysOf, subjectOf, summaryOf } from '../ask'

const staff = { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'staff' } }
const member = subjectOf('a', ['staff'])

it('asks for the memberships of the key', () => {
  expect(saysOf(staff, undefined, member)).toBe(true)
  expect(saysOf(staff, undefined, subjectOf('staff', ['other'], ['other']))).toBe(false)
  expect(saysOf({ ...staff, negate: true }, undefined, subjectOf())).toBe(true)
})

it('has names of its own', () => {
  expect(saysOf(staff, undefined, subjectOf('a', [], ['staff']))).toBe(false)
})

it('needs an attribute with a text where one is named, whatever it says', () => {
  const about = { ...staff, keySelector: { attribute: 'account' } }
  expect(saysOf(about, { account: 'anything' }, member)).toBe(true)
  expect(saysOf(about, { account: '' }, member)).toBe(false)
  expect(saysOf(about, undefined, member)).toBe(false)
})

it('is false without data', () => {
  expect(saysOf({ matcherType: 'IN_SEGMENT' }, undefined, member)).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(staff)).toBe('in segment staff')
  expect(summaryOf({ ...staff, negate: true })).toBe('not in segment staff')
})
